import type { ListedSandbox } from "../contract.ts";
import type { LedgerEntry, OpenCreate } from "./ledger.ts";

/** Which sandboxes of an account were made by creates that nobody saw the answer of. */
export type Orphans = {
  readonly proven: readonly { readonly create: number; readonly id: string }[];
  readonly doubtful: readonly string[];
};

/** How long a create that nobody waits for any more may still take on the target, in milliseconds. */
const underWayMsMax = 15_000;
/** What clocks may be off by after their difference was measured; lists often tell whole seconds. */
const toleranceMs = 1_500;

/**
 * Finds the sandboxes that creates without an outcome have made.
 *
 * A sandbox is proven to be one where it was started while a create was under way (from when the create was intended until
 * the run's next word, or for a short while after its last), and there are no more such sandboxes than such creates. Where
 * there are more, somebody else was at work too, and none is proven.
 */
export function findOrphans({
  creates,
  strangers,
  entries,
  skewMs,
}: {
  readonly creates: readonly OpenCreate[];
  /** Sandboxes of the account that run and are not in the ledger. */
  readonly strangers: readonly ListedSandbox[];
  readonly entries: readonly LedgerEntry[];
  /** How far the target's clock is ahead of ours. */
  readonly skewMs: number;
}): Orphans {
  const spans = creates.map((create) => ({ create: create.create, ...spanOf(create, entries, skewMs) }));
  const candidates = strangers.filter(({ startedAtMs }) => spans.some((span) => holds(span, startedAtMs)));
  if (candidates.length > creates.length) return { proven: [], doubtful: candidates.map(({ id }) => id) };
  const proven: { create: number; id: string }[] = [];
  const doubtful: string[] = [];
  for (const { id, startedAtMs } of candidates) {
    const taken = proven.map(({ create }) => create);
    const span = spans.find((own) => !taken.includes(own.create) && holds(own, startedAtMs));
    if (span === undefined) doubtful.push(id);
    else proven.push({ create: span.create, id });
  }
  return { proven, doubtful };
}

type Span = { readonly fromMs: number; readonly toMs: number };

function spanOf({ create, atMs }: OpenCreate, entries: readonly LedgerEntry[], skewMs: number): Span {
  const settled = entries.find((entry) => entry.type === "unanswered" && entry.create === create);
  const untilMs = (settled?.atMs ?? atMs) + underWayMsMax;
  return { fromMs: atMs + skewMs - toleranceMs, toMs: untilMs + skewMs + toleranceMs };
}

function holds({ fromMs, toMs }: Span, atMs: number): boolean {
  return atMs >= fromMs && atMs <= toMs;
}
