import { requirements } from "./law.ts";
import type { Law } from "./law.ts";
import { findHindrance } from "./needs.ts";
import type { Hindrance } from "./needs.ts";
import { createSessionParts } from "./session-parts.ts";
import type { SessionOptions } from "./session-parts.ts";

/** What a run would do, as far as can be told before it. */
export type Plan = {
  readonly laws: readonly Law[]; // that would be judged
  readonly unjudged: readonly { readonly law: Law; readonly hindrance: Hindrance }[];
  readonly creates: number; // sandboxes, on a target that keeps every law
  readonly shared: number; // of these, looked at by several laws
  readonly waitsMs: number; // that pass on the target's clock, in one stretch for all laws
  readonly controlled: boolean; // whether the target's clock is moved, so that nobody waits
};

/** Plans a run. It asks a target on this machine whether its clock can be moved, and sends nothing else. */
export async function planRun(laws: readonly Law[], options: SessionOptions): Promise<Plan> {
  const parts = createSessionParts(options);
  await parts.time.prepare();
  const looked = laws.map((law) => ({ law, hindrance: findHindrance(law, parts) }));
  const judged = looked.flatMap(({ law, hindrance }) => (hindrance === undefined ? [law] : []));
  return {
    laws: judged,
    unjudged: looked.flatMap(({ law, hindrance }) => (hindrance === undefined ? [] : [{ law, hindrance }])),
    ...countSandboxes(judged),
    waitsMs: Math.max(0, ...judged.map(({ waitsMs = 0 }) => waitsMs)),
    controlled: parts.time.controlled,
  };
}

/** What laws cost together, on a target that keeps them: shared sandboxes and stories once, the rest each. */
export function countSandboxes(laws: readonly Law[]): { readonly creates: number; readonly shared: number } {
  const shared = Math.max(0, ...laws.map(({ sandboxes }) => sandboxes.shared));
  const stories = new Map(laws.flatMap(({ sandboxes }) => storyCost(sandboxes)));
  const told = [...stories.values()].reduce((sum, creates) => sum + creates, 0);
  const own = laws.reduce(
    (sum, { sandboxes: { fresh, creates, story } }) => sum + fresh + (story === undefined ? creates : 0),
    0,
  );
  return { creates: shared + told + own, shared };
}

function storyCost({ story, creates }: Law["sandboxes"]): readonly (readonly [string, number])[] {
  return story === undefined ? [] : [[story, creates]];
}

/** The laws as they stand where all fit the budget; else the most binding first, so that the rest is left over. */
export function orderForBudget(laws: readonly Law[], createsMax: number): readonly Law[] {
  if (countSandboxes(laws).creates <= createsMax) return laws;
  const rank = ({ requirement }: Law) => requirements.indexOf(requirement);
  return laws.toSorted((one, other) => rank(one) - rank(other));
}

/**
 * One part of the laws, for one machine of several. Laws that judge the record of one story stay together.
 *
 * @param shard - from 1 to `of`
 */
export function shardLaws(
  laws: readonly Law[],
  { shard, of }: { readonly shard: number; readonly of: number },
): readonly Law[] {
  const groups = [...new Set(laws.map(groupOf))];
  return laws.filter((law) => groups.indexOf(groupOf(law)) % of === shard - 1);
}

function groupOf({ id, sandboxes: { story } }: Law): string {
  return story === undefined ? id : `story ${story}`;
}
