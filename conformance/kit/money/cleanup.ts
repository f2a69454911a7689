import type { Sleep } from "../../../src/contract/clock.ts";
import type { RunContract, Reap } from "../law/contract.ts";
import { type Exchange, isSuccess } from "../law/exchange.ts";
import { isMissingOperation } from "../run/missing-operation.ts";
import type { Ledger, OwnedSandbox } from "./ledger.ts";
import { receiptOf } from "./receipt.ts";
import type { Receipt } from "./receipt.ts";
import { causeText } from "../target/cause-text.ts";
import type { Sender, RunTransport } from "../run/transport.ts";

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
  hasOther,
}: {
  readonly contract: RunContract;
  readonly transport: RunTransport;
  readonly ledger: Ledger;
  readonly sleep: Sleep;
  /** Whether there is a key of a second tenant. */
  readonly hasOther: boolean;
}): Cleanup {
  const { reap } = contract;
  const means = { contract, transport, ledger, hasOther };
  return {
    release: async (sandboxes) => {
      if (reap.by !== "delete") return;
      for (const sandbox of sandboxes) await end(sandbox, { ...means, reap, cleaning: "release" });
    },
    close: async () => {
      transport.close();
      await settleAll({ transport, ledger, sleep });
      const problems =
        reap.by === "delete"
          ? await endPatiently({ ...means, reap, cleaning: "cleanup" }, sleep)
          : new Map<string, string>();
      for (const [id, problem] of problems) await ledger.leaked(id, problem);
      const { account } = transport;
      return receiptOf({ ledger, account, problems, expires: reap.by !== "delete", refusals: transport.refusals() });
    },
  };
}

/** Asks the account's list what creates without an outcome have made: once it can tell, which takes a while. */
async function settleAll({
  transport: { account },
  ledger,
  sleep,
}: {
  readonly transport: RunTransport;
  readonly ledger: Ledger;
  readonly sleep: Sleep;
}): Promise<void> {
  if (ledger.unsettled().length === 0) return;
  await account.look({ isLast: true });
  const ms = account.settledInMs();
  if (ms === 0) return;
  await sleep(ms);
  await account.look({ isLast: true });
}

type Means = {
  readonly contract: RunContract;
  readonly transport: RunTransport;
  readonly ledger: Ledger;
  readonly reap: Deleting;
  readonly hasOther: boolean;
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

/**
 * Asks for the end of a sandbox and reads it back. Gone is gone: one that is not there any more needs no deleting.
 *
 * What a made-up key has made may belong to either tenant: that one of them does not see it proves nothing.
 */
async function end(sandbox: OwnedSandbox, means: Means): Promise<string | undefined> {
  const { id, by } = sandbox;
  try {
    if (by !== "made-up") return await endBy(by, id, means);
    const problem = await endBy("own", id, means);
    return problem === undefined && means.hasOther ? await endBy("other", id, means) : problem;
  } catch (error) {
    return causeText(error);
  }
}

async function endBy(credentials: "own" | "other", id: string, means: Means): Promise<string | undefined> {
  const { ledger, reap, transport, cleaning } = means;
  const ask = (operation: string) =>
    transport.send({ operation, path: { id }, credentials }, { purpose: "cleanup", cleaning });
  const deleted = await ask(reap.operation);
  const { status } = deleted.response;
  if (!isSuccess(deleted) && status !== 404 && status !== 410) return `${reap.operation} answered ${status}`;
  let looked = await ask(reap.look.operation);
  if (!reap.look.isGone(looked) && (await revive(ask, means))) {
    await ask(reap.operation);
    looked = await ask(reap.look.operation);
  }
  if (reap.look.isGone(looked)) {
    await ledger.deleted(id);
    await ledger.gone(id);
    return undefined;
  }
  if (!isMissingOperation(means.contract, looked, transport.answered)) {
    return `${reap.operation} answered ${status}, yet ${reap.look.operation} still shows it`;
  }
  await ledger.deleted(id); // as far as can be told: the target has no way to look
  return undefined;
}

/** Starts a sandbox that is still shown: one that sleeps through its end may well end awake. */
async function revive(ask: (operation: string) => Promise<Exchange>, { reap, transport }: Means): Promise<boolean> {
  for (const operation of reap.revivals ?? []) {
    if (transport.maySend(operation) && isSuccess(await ask(operation))) return true;
  }
  return false;
}
