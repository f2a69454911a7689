import type { Sleep } from "../../../src/contract/clock.ts";
import type { ApiCall } from "../law/call.ts";
import type { RunContract } from "../law/contract.ts";
import { type Exchange, isSuccess } from "../law/exchange.ts";
import type { Ledger, OwnedSandbox } from "./ledger.ts";
import { causeText } from "../target/cause-text.ts";
import { each } from "../target/each.ts";

/** When sandboxes are ended: on the way, or at the end of the run. */
export type Cleaning = "release" | "cleanup";

/** Ends what a run made, and sees that it is gone. */
export type Cleanup = {
  /** Ends these, newest first. What cannot be ended stays in the ledger for the end of the run. */
  readonly release: (sandboxes: readonly OwnedSandbox[]) => Promise<void>;
  /** Ends all that is left, and says why it could not end what stays, by id. Safe to call twice. */
  readonly endAll: () => Promise<ReadonlyMap<string, string>>;
};

/** How often, and how far apart, the end of a run looks whether a sandbox that takes its time has stopped. */
const looksMax = 4;
const lookEveryMs = 400;

/** Creates what ends sandboxes; it does nothing where the contract has no way to. */
export function createCleanup({
  contract: { reap },
  ledger,
  sleep,
  atOnceMax = 1,
  hasOther,
  send,
  maySend,
  isMissing,
}: {
  readonly contract: RunContract;
  readonly ledger: Ledger;
  readonly sleep: Sleep;
  /** So many are ended at once. Default 1. */
  readonly atOnceMax?: number;
  /** Whether there is a key of a second tenant. */
  readonly hasOther: boolean;
  readonly send: (call: ApiCall, cleaning: Cleaning) => Promise<Exchange>;
  /** Whether the profile lets an operation out. */
  readonly maySend: (operation: string) => boolean;
  /** Whether an answer says that the target does not have the operation. */
  readonly isMissing: (exchange: Exchange) => boolean;
}): Cleanup {
  if (reap.by !== "delete") return { release: () => Promise.resolve(), endAll: () => Promise.resolve(new Map()) };

  /** Starts a sandbox that is still shown: one that sleeps through its end may well end awake. */
  const revive = async (ask: (operation: string) => Promise<Exchange>) => {
    for (const operation of reap.revivals ?? []) {
      if (maySend(operation) && isSuccess(await ask(operation))) return true;
    }
    return false;
  };
  const endBy = async (credentials: "own" | "other", id: string, cleaning: Cleaning): Promise<string | undefined> => {
    const ask = (operation: string) => send({ operation, path: { id }, credentials }, cleaning);
    const deleted = await ask(reap.operation);
    const { status } = deleted.response;
    if (!isSuccess(deleted) && status !== 404 && status !== 410) return `${reap.operation} answered ${status}`;
    let looked = await ask(reap.look.operation);
    if (!reap.look.isGone(looked) && (await revive(ask))) {
      await ask(reap.operation);
      looked = await ask(reap.look.operation);
    }
    const isGone = reap.look.isGone(looked);
    if (!isGone && !isMissing(looked)) {
      return `${reap.operation} answered ${status}, yet ${reap.look.operation} still shows it`;
    }
    await ledger.note({ type: "deleted", id }); // as far as can be told, where the target has no way to look
    if (isGone) await ledger.note({ type: "gone", id });
    return undefined;
  };
  /**
   * Asks for the end of a sandbox and reads it back. Gone is gone: one that is not there any more needs no deleting.
   *
   * What a made-up key has made may belong to either tenant: that one of them does not see it proves nothing.
   */
  const end = async ({ id, by }: OwnedSandbox, cleaning: Cleaning): Promise<string | undefined> => {
    try {
      if (by !== "made-up") return await endBy(by, id, cleaning);
      const problem = await endBy("own", id, cleaning);
      return problem === undefined && hasOther ? await endBy("other", id, cleaning) : problem;
    } catch (error) {
      return causeText(error);
    }
  };
  /** Side by side, once it is seen with two of them whether the target answers at all. */
  const endSome = async (sandboxes: readonly OwnedSandbox[], endOne: (sandbox: OwnedSandbox) => Promise<unknown>) => {
    for (const some of [sandboxes.slice(0, 2), sandboxes.slice(2)]) await each(some, endOne, { atOnceMax });
  };
  return {
    release: (sandboxes) => endSome(sandboxes, (sandbox) => end(sandbox, "release")),
    // In as many rounds as looks, so that many that take their time take no longer than one.
    endAll: async () => {
      const problems = new Map<string, string>();
      for (let looks = 0; looks < looksMax && ledger.alive().length > 0; looks += 1) {
        if (looks > 0) await sleep(lookEveryMs);
        problems.clear();
        const endOne = async (sandbox: OwnedSandbox) => {
          const problem = await end(sandbox, "cleanup");
          if (problem !== undefined) problems.set(sandbox.id, problem);
        };
        await endSome(ledger.alive(), endOne);
      }
      for (const [id, reason] of problems) await ledger.note({ type: "leaked", id, reason });
      return problems;
    },
  };
}

/** What is made for one question is ended with it: sandboxes cost by the second. */
export async function releasing<Result>(
  ledger: Ledger,
  { release }: Pick<Cleanup, "release">,
  purpose: string,
  ask: () => Promise<Result>,
): Promise<Result> {
  const before = new Set(ledger.alive().map(({ id }) => id));
  try {
    return await ask();
  } finally {
    await release(ledger.alive().filter((each) => each.purpose === purpose && !before.has(each.id)));
  }
}
