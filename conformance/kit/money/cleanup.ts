import type { Sleep } from "../../../src/contract/clock.ts";
import type { Contract, Reap } from "../contract.ts";
import { isSuccess } from "../exchange.ts";
import { isMissingOperation } from "../missing-operation.ts";
import type { Ledger, OwnedSandbox, Receipt } from "./ledger.ts";
import { causeText } from "../transport.ts";
import type { Sender, Transport } from "../transport.ts";

/** Ends what a run made, and sees that it is gone. */
export type Cleanup = {
  /** Ends these, newest first. What cannot be ended stays in the ledger for the end of the run. */
  readonly release: (sandboxes: readonly OwnedSandbox[]) => Promise<void>;
  /** Ends all that is left, and says what became of everything. Safe to call twice. */
  readonly close: () => Promise<Receipt>;
};

type Deleting = Extract<Reap, { by: "delete" }>;

/** How often, and how far apart, the end of a run looks whether a sandbox that takes its time has stopped. */
const looksMax = 4;
const lookEveryMs = 400;

export function createCleanup({
  contract,
  transport,
  ledger,
  sleep,
}: {
  readonly contract: Contract;
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly sleep: Sleep;
}): Cleanup {
  const { reap } = contract;
  const means = { contract, transport, ledger };
  const receipt = (leaked: readonly string[]): Receipt => {
    const count = (type: string) => ledger.entries().filter((entry) => entry.type === type).length;
    const refusals = transport.refusals();
    return {
      created: ledger.createdCount(),
      deleted: agreedCount(ledger),
      verifiedGone: count("gone"),
      leaked,
      expiring: reap.by === "delete" ? [] : ledger.alive().map(({ id }) => id),
      unanswered: ledger.unsettled().length,
      refused: refusals.length,
      refusals: [...new Set(refusals)],
    };
  };
  return {
    release: async (sandboxes) => {
      if (reap.by !== "delete") return;
      for (const sandbox of sandboxes) await end(sandbox, { ...means, reap, cleaning: "release" });
    },
    close: async () => {
      const problems =
        reap.by === "delete"
          ? await endPatiently({ ...means, reap, cleaning: "cleanup" }, sleep)
          : new Map<string, string>();
      for (const [id, problem] of problems) await ledger.leaked(id, problem);
      return receipt([...problems.keys()]);
    },
  };
}

type Means = {
  readonly contract: Contract;
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly reap: Deleting;
  readonly cleaning: NonNullable<Sender["cleaning"]>;
};

/** Ends all that is left, in as many rounds as looks, so that many that take their time take no longer than one. */
async function endPatiently(means: Means, sleep: Sleep): Promise<ReadonlyMap<string, string>> {
  const problems = new Map<string, string>();
  for (let looks = 0; looks < looksMax && means.ledger.alive().length > 0; looks += 1) {
    if (looks > 0) await sleep(lookEveryMs);
    problems.clear();
    for (const sandbox of means.ledger.alive()) {
      const problem = await end(sandbox, means);
      if (problem !== undefined) problems.set(sandbox.id, problem);
    }
  }
  return problems;
}

/** How many the target agreed to end, whether or not they were seen gone then. */
function agreedCount(ledger: Ledger): number {
  const agreed = ledger
    .entries()
    .flatMap((entry) => (entry.type === "ending" || entry.type === "deleted" ? [entry.id] : []));
  return new Set(agreed).size;
}

/** Asks for the end of a sandbox and reads it back. Gone is gone: one that is not there any more needs no deleting. */
async function end(sandbox: OwnedSandbox, means: Means): Promise<string | undefined> {
  const { ledger, reap } = means;
  const ask = (operation: string) => askFor(sandbox, operation, means);
  try {
    const deleted = await ask(reap.operation);
    const { status } = deleted.response;
    if (!isSuccess(deleted) && status !== 404 && status !== 410) return `${reap.operation} answered ${status}`;
    const looked = await ask(reap.look.operation);
    if (reap.look.isGone(looked)) {
      await ledger.deleted(sandbox.id);
      await ledger.gone(sandbox.id);
      return undefined;
    }
    if (!isMissingOperation(means.contract, looked, means.transport.answered)) {
      return `${reap.operation} answered ${status}, yet ${reap.look.operation} still shows it`;
    }
    await ledger.deleted(sandbox.id); // as far as can be told: the target has no way to look
    return undefined;
  } catch (error) {
    return causeText(error);
  }
}

function askFor({ id, by }: OwnedSandbox, operation: string, { transport, cleaning }: Means) {
  const credentials = by === "other" ? "other" : "own";
  return transport.send({ operation, path: { id }, credentials }, { purpose: "cleanup", cleaning });
}
