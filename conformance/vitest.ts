import { afterAll, beforeAll, describe, test } from "vitest";
import { systemClock } from "../src/contract/clock.ts";
import type { Contract, ContractName } from "./kit/contract.ts";
import { contracts } from "./index.ts";
import type { Requirement } from "./kit/law.ts";
import { selectLaws } from "./kit/law-glob.ts";
import { randomSeed } from "./kit/seed.ts";
import { createSession } from "./kit/session.ts";
import type { Session, SessionOptions } from "./kit/session.ts";
import type { Target } from "./kit/target.ts";
import { testResult } from "./kit/test-result.ts";

/** The server under test, the choice of laws, and the limits of the run. */
export type RegisterLawsOptions = Partial<Omit<SessionOptions, "contract" | "target">> & {
  /** The server under test, or a function that starts it and says where it is. */
  readonly target: Target | (() => Target | Promise<Target>);
  /** Only laws with such ids: `opencomputer/create/*`. Default: all. */
  readonly law?: string;
  /** The weakest requirement whose breach fails a test. Default `MUST`; weaker breaches are shown as skipped. */
  readonly failOn?: Requirement;
};

/**
 * Registers one vitest test for each law of a contract, named by its id. Call it at the top of a test file.
 *
 * A law that cannot be judged is shown as skipped, with the cause. What was created is cleaned up after the last test.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` when no law's id fits `law`
 */
export function registerLaws(contractName: ContractName, options: RegisterLawsOptions): void {
  const { target, law: glob, failOn = "MUST", clock = systemClock, seed = randomSeed(), ...limits } = options;
  const contract: Contract = contracts[contractName];
  const laws = glob === undefined ? contract.laws : selectLaws(contract.laws, glob);
  describe(`${contract.name} (seed ${seed})`, () => {
    let session: Session | undefined;
    beforeAll(async () => {
      const found = typeof target === "function" ? await target() : target;
      session = createSession({ ...limits, clock, seed, contract, target: found });
    });
    afterAll(async () => {
      const leaked = (await session?.close())?.leaked ?? [];
      if (leaked.length > 0) throw new Error(`sandboxes were left running: ${leaked.join(", ")}`);
    });
    for (const law of laws) {
      test(law.id, async ({ skip }) => {
        const outcome = await session!.judge(law);
        const { kind, text } = testResult(law, { outcome, failOn });
        if (kind === "skip") skip(text);
        if (kind === "fail") throw new Error(text);
      });
    }
  });
}
