import { afterAll, beforeAll, describe, test } from "vitest";
import { systemClock } from "../src/contract/clock.ts";
import { ContractError } from "../src/contract/contract-error.ts";
import { printable } from "../src/contract/printable.ts";
import { concludeRun } from "./kit/run/conclusion.ts";
import type { Judged } from "./kit/run/conclusion.ts";
import type { LawOutcome } from "./kit/law/law-outcome.ts";
import { contracts } from "./contracts.ts";
import type { ContractName } from "./contracts.ts";
import type { JudgedContract } from "./kit/run/judged-contract.ts";
import { requirements, waits } from "./kit/law/law.ts";
import type { Law, Requirement } from "./kit/law/law.ts";
import { selectLaws } from "./kit/law/law-glob.ts";
import { randomSeed } from "./kit/input/seed.ts";
import { createSession } from "./kit/run/session.ts";
import type { LawGroup, Session, SessionOptions } from "./kit/run/session.ts";
import type { Target } from "./kit/target/target.ts";
import { testResult } from "./kit/report/formats/test-result.ts";
import { staleText, staleWaivers } from "./kit/run/waiver.ts";
import { requireName, rules } from "../src/contract/caller-input.ts";
import { requireSessionOptions, requireTarget } from "./kit/run/option-rules.ts";

/** The server under test, the choice of laws, and the limits of the run. */
export type RegisterLawsOptions = Partial<Omit<SessionOptions, "contract" | "target">> & {
  /** The server under test, or a function that starts it and says where it is. */
  readonly target: Target | (() => Target | Promise<Target>);
  /** Only laws with such ids: `opencomputer/create/*`. Default: all. */
  readonly law?: string;
  /** The weakest requirement whose breach fails a test. Default `MUST`; weaker breaches are shown as skipped. */
  readonly failOn?: Requirement;
};

/** A target that says which contract it is to keep. */
export type ConformanceTarget = Target & { readonly contract: ContractName };

/**
 * Defines one vitest test for each law of the target's contract, with the defaults of {@link registerLaws}. The target may
 * be anything shaped like `fetch`, so a handler can be judged in process, with no socket.
 */
export function defineConformance(
  { contract, ...target }: ConformanceTarget,
  options: Omit<RegisterLawsOptions, "target"> = {},
): void {
  registerLaws(contract, { ...options, target });
}

/**
 * Registers one vitest test for each law of a contract, named by its id. Call it at the top of a test file.
 *
 * A law that cannot be judged is shown as skipped, with the cause. What was created is cleaned up after the last test.
 * Laws that wait share one stretch of time, whichever of them is tested first.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for an option that is misspelt or of another type, when no law's id fits `law`,
 *   or when a counterexample is given to several
 */
export function registerLaws(contractName: ContractName, options: RegisterLawsOptions): void {
  requireName("registerLaws", "contract", contractName, Object.keys(contracts));
  requireSessionOptions("registerLaws", options, { law: rules.text, failOn: rules.text, target: rules.any });
  const { target, law: glob, failOn = "MUST", clock = systemClock, seed = randomSeed(), ...limits } = options;
  requireName("registerLaws", "requirement", failOn, requirements);
  if (typeof target !== "function") requireTarget("registerLaws", target);
  const contract: JudgedContract = contracts[contractName];
  const laws = glob === undefined ? contract.laws : selectLaws(contract.laws, glob);
  if (limits.counterexample !== undefined && laws.length !== 1) {
    throw new ContractError("CONFIG_INVALID", "a counterexample belongs to one law: name it with `law`");
  }
  describe(`${contract.name} (seed ${seed})`, () => {
    const judged: Judged[] = [];
    let session: Session | undefined;
    let groups: readonly LawGroup[] = [];
    const judgedGroups = new Map<LawGroup, Promise<ReadonlyMap<Law, LawOutcome>>>();
    /** Judges the groups of a law, whichever of its laws is tested first; what comes last is what it comes to. */
    const judge = async (law: Law): Promise<LawOutcome> => {
      let outcome: LawOutcome | undefined;
      for (const group of groups.filter(({ laws: own }) => own.includes(law))) {
        const open = judgedGroups.get(group) ?? session!.judge(group);
        judgedGroups.set(group, open);
        outcome = (await open).get(law);
        if (outcome?.verdict === "fail") break; // it cannot fare worse
      }
      return outcome!;
    };
    beforeAll(async () => {
      const found = typeof target === "function" ? await target() : target;
      session = createSession({ ...limits, clock, seed, contract, target: found });
      groups = session
        .groups(await session.order(laws))
        .flatMap((group) => (group.isEach === true ? group.laws.map((law) => ({ laws: [law] })) : [group]));
    });
    afterAll(async () => {
      const { unsettled = [] } = (await session?.close()) ?? {};
      const stale = staleWaivers(limits.waivers ?? [], judged, clock.now()).map(staleText);
      const { causes } = concludeRun(
        judged.map(({ law, outcome: seen }) => ({ ...law, ...seen })),
        { unsettled, stale },
      );
      const red = causes.filter(({ kind }) => kind !== "nothing-judged").map(({ text }) => printable(text));
      if (red.length > 0) throw new Error(red.join("\n"));
    });
    // Time that passes ends the sandboxes that laws share, so those that wait come later; the recording is judged at its end.
    const rank = (law: Law) => Number(waits(law)) + 2 * Number(law.passive !== undefined);
    for (const law of laws.toSorted((one, other) => rank(one) - rank(other))) {
      test(law.id, { timeout: timeoutMs }, async ({ skip }) => {
        const outcome = await judge(law);
        judged.push({ law, outcome });
        const { kind, text } = testResult(law, { outcome, failOn });
        if (kind === "skip") skip(text);
        if (kind === "fail") throw new Error(text);
      });
    }
  });
}

/** A law may wait, and a slow deployment takes its time with each of its requests. */
const timeoutMs = 120_000;
