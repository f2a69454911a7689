import { findOperation } from "../law/contract.ts";
import type { RunContract } from "../law/contract.ts";
import type { Law } from "../law/law.ts";
import { waits } from "../law/law.ts";
import { sharedPurpose } from "./session-parts.ts";
import type { SessionParts } from "./session-parts.ts";
import type { Claim } from "./side-by-side.ts";

const sharedOnes = "shared sandboxes";

/**
 * What a law takes for as long as it is judged; undefined where it is judged alone. That is a law that lets time pass, or that
 * looks at what an account has: what others make and end meanwhile would be in its way.
 */
export function claimOf(parts: SessionParts, law: Law): Claim | undefined {
  const { needs, operations, waitsMs = 0, movesTime = false } = law;
  if (waits(law) || waitsMs > 0 || (movesTime && parts.time.controlled) || needs.includes("clock-control")) {
    return undefined;
  }
  const isOfList = parts.lists.isList(operations[0]) && law.sandboxes.scenario === undefined;
  if (needs.includes("quota") || isOfList) return undefined;
  if (operations.some((operation) => changesAccount(parts.contract, operation))) return undefined;
  const { shared, scenario } = law.sandboxes;
  return {
    places: ownPlaces(parts, law) + (shared === 0 ? 0 : Math.max(shared, sharedAlive(parts))),
    uses: [...(shared === 0 ? [] : [sharedOnes]), ...(scenario === undefined ? [] : [`scenario ${scenario}`])],
  };
}

/**
 * The order in which laws are begun where several go side by side: those that are judged alone, what takes longest, those that look
 * at shared sandboxes, which are ended after the last of them, and what makes more than one sandbox before what fits anywhere.
 */
export function orderForLanes(parts: SessionParts, laws: readonly Law[]): readonly Law[] {
  const rank = (law: Law) => {
    const { shared, fresh, creates } = law.sandboxes;
    const kinds = [claimOf(parts, law) === undefined, law.movesTime === true, shared > 0, fresh + creates > 0, true];
    return kinds.indexOf(true);
  };
  return laws.toSorted((one, other) => rank(one) - rank(other));
}

/** Whether so much may be under way at once: within the budget, and within the target's quota where it is known. */
export function hasRoom(parts: SessionParts, claims: readonly Claim[]): boolean {
  const idle = claims.some(({ uses }) => uses.includes(sharedOnes)) ? 0 : sharedAlive(parts);
  const places = claims.reduce((sum, claim) => sum + claim.places, idle);
  return places <= Math.min(parts.limits.aliveMax, parts.quota() ?? Infinity);
}

/** Whether an operation changes what an account has beside its sandboxes. */
function changesAccount(contract: RunContract, operation: string): boolean {
  if (operation === contract.create.operation) return false;
  const { method, path } = findOperation(contract, operation);
  return method !== "get" && !path.includes("{id}");
}

/** A create that has to be refused takes a place until it is. */
function ownPlaces({ contract, scenarios }: SessionParts, { operations, sandboxes }: Law): number {
  const { fresh, creates, scenario } = sandboxes;
  const isPlayed = scenario !== undefined && scenarios.has(scenario);
  if (isPlayed) return fresh;
  return Math.max(fresh + creates, operations.includes(contract.create.operation) ? 1 : 0);
}

function sharedAlive({ ledger }: SessionParts): number {
  return ledger.alive().filter(({ purpose }) => purpose === sharedPurpose).length;
}
