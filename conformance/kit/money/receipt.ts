import type { Account } from "./account-view.ts";
import type { Ledger } from "./ledger.ts";

/** What a run cost, and what is left of it. Counts of sandboxes. */
export type Receipt = {
  readonly created: number; // that are known to have been made
  readonly counted: number; // against the budget: those, and one for each create that may have made one
  readonly deleted: number; // that the target agreed to delete, or had deleted already
  readonly verifiedGone: number; // that were read back and found gone
  readonly leaked: readonly string[]; // ids that outlive the run though the contract has a way to end them
  readonly expiring: readonly string[]; // ids that only their own timeout ends
  readonly unanswered: number; // creates of which it is not known whether they made a sandbox
  /** Sandboxes that refused creates made. They count as created. */
  readonly madeByRefused: readonly string[];
  /** Sandboxes of the account that the run or another user of it may have made. They were left alone. */
  readonly doubtful: readonly string[];
  /** What is left or not known, and why, in sentences. Empty where the run leaves nothing behind. */
  readonly unsettled: readonly string[];
  readonly refused: number; // calls that the run itself did not let out
  readonly refusals: readonly string[]; // what they were, each kind once
};

/** Sums up what became of everything that a run made or may have made. */
export function receiptOf({
  ledger,
  account,
  problems,
  expires,
  refusals,
}: {
  readonly ledger: Ledger;
  readonly account: Account;
  /** Why each sandbox that is left could not be ended, by id. */
  readonly problems: ReadonlyMap<string, string>;
  /** Whether sandboxes end by their own timeout only. */
  readonly expires: boolean;
  readonly refusals: readonly string[];
}): Receipt {
  const entries = ledger.entries();
  const idsOf = (...types: readonly string[]) =>
    new Set(entries.flatMap((entry) => ("id" in entry && types.includes(entry.type) ? [entry.id] : [])));
  const doubtful = account.doubtful();
  // Where the list cannot be read, a refusal has to be believed: it counts in the budget, and is not told as a loss.
  const open = ledger.unsettled().filter(({ state }) => state !== "refused" || account.isReadable());
  return {
    created: ledger.createdCount(),
    counted: ledger.mayExistCount(),
    deleted: idsOf("ending", "deleted").size,
    verifiedGone: idsOf("gone").size,
    leaked: [...problems.keys()],
    expiring: expires ? ledger.alive().map(({ id }) => id) : [],
    unanswered: open.length,
    madeByRefused: account.madeByRefused().flatMap(({ id }) => (ledger.owns(id) ? [id] : [])),
    doubtful,
    unsettled: [
      ...groups(problems),
      ...doubtful.map((id) => `${id} may be the run's or another user's, and is left alone: look, and end it by hand`),
      ...openText(open.length, doubtful.length, account),
    ],
    refused: refusals.length,
    refusals: [...new Set(refusals)],
  };
}

/** One sentence for each reason, with some of the sandboxes that it holds for. */
function groups(problems: ReadonlyMap<string, string>): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const [id, reason] of problems) byReason.set(reason, [...(byReason.get(reason) ?? []), id]);
  return [...byReason].map(([reason, ids]) => {
    const some = ids.slice(0, namedMax).join(", ");
    const more = ids.length > namedMax ? ` and ${ids.length - namedMax} more` : "";
    return `${some}${more} cannot be ended: ${reason}`;
  });
}

const namedMax = 5;

function openText(open: number, doubtful: number, account: Account): readonly string[] {
  if (open <= doubtful) return [];
  const what = `${open} ${open === 1 ? "create" : "creates"} may have made a sandbox each`;
  const problem = account.problem();
  const why = account.isReadable()
    ? "they were sent too short a while ago for the account's list to tell"
    : `the account's list cannot be read${problem === undefined ? "" : ` (${problem})`}`;
  return [`${what}, and ${why}: sweep the ledger later`];
}
