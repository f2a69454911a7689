import type { ListedSandbox } from "../law/contract.ts";
import type { OpenCreate } from "./ledger.ts";
import type { FoundSandbox } from "./found-sandbox.ts";

/** How long a create that got no answer may still take on the target, in milliseconds. */
export const underWayMsMax = 15_000;
/** How long a create that was cut off by the end of the run's process is taken to have been under way, in milliseconds. */
const cutOffMsMax = 5_000;
/** What clocks may be off by after their difference was measured, in milliseconds. */
const toleranceMs = 500;
/** What a time may be off by in a list that tells whole seconds, in milliseconds. */
const secondMs = 1_000;
/** An unknown sandbox that was started so near to a create shows that others are at work there, in milliseconds. */
const nearMs = 60_000;

/**
 * Finds the sandboxes that creates without an outcome have made, by the time at which they were started: the best fit first,
 * each create once.
 *
 * A fit is sure where the sandbox was started between the sending of the create and the end of the wait for its answer,
 * no other sandbox claims that create, and no sandbox of unknown origin was started near it. Anything else is doubtful: to
 * leave one that the run made costs money, to end one of another user costs that user's work.
 *
 * @returns what was found, and whether some of the rest was certainly made by another user of the account
 */
export function findByTime({
  creates,
  strangers,
  skewMs,
}: {
  readonly creates: readonly OpenCreate[];
  /** Sandboxes of the account that run, and that are neither in the ledger nor were there before the run. */
  readonly strangers: readonly Pick<ListedSandbox, "id" | "startedAtMs">[];
  /** How far the target's clock is ahead of ours, for creates that do not say. */
  readonly skewMs: number;
}): { readonly found: readonly FoundSandbox[]; readonly isShared: boolean } {
  const spans = creates.map((create) => spanOf(create, skewMs));
  const isExact = strangers.some(({ startedAtMs }) => startedAtMs % secondMs > 0);
  const offMsMax = toleranceMs + (isExact ? 0 : secondMs);
  const claims = strangers.flatMap(({ id, startedAtMs }) =>
    spans.flatMap((span): Claim[] => {
      const fit = fitOf(span, startedAtMs, offMsMax);
      return fit === undefined ? [] : [{ id, span, ...fit }];
    }),
  );
  const best = new Map<string, Claim>(); // by the id of the sandbox
  const taken = new Set<number>();
  for (const claim of claims.toSorted((one, other) => one.offMs - other.offMs || one.afterMs - other.afterMs)) {
    if (best.has(claim.id) || taken.has(claim.span.create)) continue;
    best.set(claim.id, claim);
    taken.add(claim.span.create);
  }
  const byId = Map.groupBy(claims, ({ id }) => id);
  const unknown = strangers.filter(({ id }) => !byId.has(id));
  const rivals = claims.filter(({ id }) => !best.has(id));
  const isAlone = ({ span }: Claim) =>
    !rivals.some((rival) => rival.span.create === span.create) &&
    !unknown.some(({ startedAtMs }) => isNear(span, startedAtMs));
  const found = [...byId].map(([id, own]): FoundSandbox => {
    const fit = best.get(id);
    const isSure = fit?.isCertain === true && isAlone(fit);
    return { id, foundBy: "time", creates: (isSure ? [fit] : own).map(({ span }) => span.create), isSure };
  });
  return { found, isShared: unknown.length + rivals.length > 0 };
}

/** When a create may have started its sandbox, in milliseconds by the target's clock. */
type Span = { readonly create: number; readonly fromMs: number; readonly toMs: number; readonly lateMs: number };

/** A sandbox that a create may have made. */
type Claim = {
  readonly id: string;
  readonly span: Span;
  readonly offMs: number; // outside the span
  readonly afterMs: number; // the sending of the create
  readonly isCertain: boolean; // by the time alone
};

function spanOf({ create, atMs, endedAtMs, status, skewMs }: OpenCreate, usualSkewMs: number): Span {
  const aheadMs = skewMs ?? usualSkewMs;
  const toMs = (endedAtMs ?? atMs + cutOffMsMax) + aheadMs;
  return { create, fromMs: atMs + aheadMs, toMs, lateMs: status === undefined ? toMs + underWayMsMax : toMs };
}

function fitOf({ fromMs, toMs, lateMs }: Span, atMs: number, offMsMax: number): Omit<Claim, "id" | "span"> | undefined {
  const offMs = Math.max(0, fromMs - atMs, atMs - toMs);
  if (!(atMs >= fromMs - offMsMax && atMs <= lateMs + offMsMax)) return undefined;
  return { offMs, afterMs: Math.abs(atMs - fromMs), isCertain: offMs <= offMsMax };
}

/** Where the start of a sandbox is not told, it may be anywhere. */
function isNear({ fromMs, lateMs }: Span, atMs: number): boolean {
  return Number.isNaN(atMs) || (atMs >= fromMs - nearMs && atMs <= lateMs + nearMs);
}
