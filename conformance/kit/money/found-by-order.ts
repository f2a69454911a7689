import type { ListedSandbox } from "../law/contract.ts";
import type { OpenCreate } from "./ledger.ts";
import { readyMsMin } from "./found-sandbox.ts";
import type { FoundSandbox } from "./found-sandbox.ts";

/**
 * Finds sandboxes that are new in a list though they were started before any of the creates that were sent since the last
 * one: a target may have kept them ready. Whether those creates got one each, or another user did, the list does not say.
 */
export function findByOrder({
  creates,
  appeared,
  skewMs,
}: {
  readonly creates: readonly OpenCreate[];
  readonly appeared: readonly ListedSandbox[];
  /** How far the target's clock is ahead of ours, for creates that do not say. */
  readonly skewMs: number;
}): readonly FoundSandbox[] {
  const last = creates.at(-1);
  if (last === undefined) return [];
  const firstMs = Math.min(...creates.map((each) => each.atMs + (each.skewMs ?? skewMs)));
  return appeared
    .filter(({ startedAtMs }) => startedAtMs < firstMs - readyMsMin)
    .map(({ id }, at) => ({
      ...{ id, foundBy: "order", isSure: false },
      creates: [(creates.at(-1 - at) ?? last).create], // so many may each have got one
    }));
}
