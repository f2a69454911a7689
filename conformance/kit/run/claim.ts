import { findOperation } from "../law/contract.ts";
import type { RunContract } from "../law/contract.ts";
import type { Law } from "../law/law.ts";
import type { Need } from "../law/need.ts";
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
  const { contract, time } = parts;
  const { needs, operations, waitsMs = 0, movesTime = false, isAfterOthers = false } = law;
  const { shared, fresh, creates, scenario } = law.sandboxes;
  if (waits(law) || waitsMs > 0 || (movesTime && time.controlled)) return undefined;
  if (isAfterOthers || isAlone.some((need) => needs.includes(need))) return undefined;
  const isOfList = parts.lists.isList(operations[0]) && scenario === undefined;
  if (isOfList && shared + fresh + creates > 0) return undefined;
  const changed = [...new Set(operations.flatMap((operation) => collectionOf(contract, operation)))];
  const created = findOperation(contract, contract.create.operation).path;
  if (changed.some((path) => path.startsWith(created))) return undefined;
  const places = ownPlaces(parts, law) + (shared === 0 ? 0 : Math.max(shared, sharedAlive(parts)));
  return {
    places,
    refuses: operations.includes(contract.create.operation) && places === 0,
    uses: [
      ...(shared === 0 ? [] : [sharedOnes]),
      ...(scenario === undefined ? [] : [`scenario ${scenario}`]),
      ...changed,
    ],
  };
}

/** What needs one of these is disturbed by others under way, or disturbs them. */
const isAlone: readonly Need[] = ["quota", "clock-control", "webhook-receiver"];

/**
 * The order in which laws are begun where several go side by side: those that only read what there is before, those that are judged alone, what takes longest, those that look
 * at shared sandboxes, which are ended after the last that looks at them, what makes most sandboxes at once, and what fits anywhere,
 * the longest first.
 */
export function orderForLanes(parts: SessionParts, laws: readonly Law[]): readonly Law[] {
  const ranked = laws.map((law) => ({ law, ranks: ranksOf(parts, law) }));
  const compare = (one: readonly number[], other: readonly number[]) =>
    one.map((rank, at) => rank - (other[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
  return ranked.toSorted((one, other) => compare(one.ranks, other.ranks)).map(({ law }) => law);
}

/** What comes first has the least in the first place where two differ. */
function ranksOf(parts: SessionParts, law: Law): readonly number[] {
  if (law.isAfterOthers === true) return [Infinity];
  const { shared, refused = 0 } = law.sandboxes;
  const places = ownPlaces(parts, law);
  const claim = claimOf(parts, law);
  const isReading = law.operations.every((id) => findOperation(parts.contract, id).method === "get");
  const readsBefore = isReading && claim?.uses.length === 0 && places === 0 && law.movesTime !== true;
  const kinds = [readsBefore, claim === undefined, law.movesTime === true, shared > 0, places > 0, true];
  const kind = kinds.indexOf(true);
  return kind < 3 ? [kind] : [kind, -shared, -places, -refused];
}

/**
 * Whether one more may be under way beside others: within the budget, and within the target's quota where it is known. A create that has
 * to be refused takes a place until it is proven that it made nothing: what sends such creates is begun where there is a place for each
 * of these, and shares one once others need the rest.
 */
export function hasRoom(parts: SessionParts, claims: readonly Claim[]): boolean {
  const idle = claims.some(({ uses }) => uses.includes(sharedOnes)) ? 0 : sharedAlive(parts);
  const refusing = claims.filter(({ refuses }) => refuses === true);
  const refused = refusing.length === 0 || refusing.at(-1) === claims.at(-1) ? refusing.length : 1;
  const places = claims.reduce((sum, claim) => sum + claim.places, idle + refused);
  return places <= Math.min(parts.limits.aliveMax, parts.quota() ?? Infinity);
}

/** What an operation changes of what an account has beside its sandboxes: the path of a collection. */
function collectionOf(contract: RunContract, operation: string): readonly string[] {
  if (operation === contract.create.operation) return [];
  const { method, path } = findOperation(contract, operation);
  return method === "get" || path.includes("{id}") ? [] : [path.replace(/\/\{.*/, "")];
}

function ownPlaces({ scenarios }: SessionParts, { sandboxes }: Law): number {
  const { fresh, creates, atOnce = creates, scenario } = sandboxes;
  return scenario !== undefined && scenarios.has(scenario) ? fresh : fresh + atOnce;
}

function sharedAlive({ ledger }: SessionParts): number {
  return ledger.alive().filter(({ purpose }) => purpose === sharedPurpose).length;
}
