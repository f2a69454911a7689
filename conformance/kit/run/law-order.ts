import { requirements } from "../law/law.ts";
import type { Law } from "../law/law.ts";

/**
 * What laws cost together, on a target that keeps them: shared sandboxes and scenarios once, the rest each.
 *
 * @param judged - laws whose shared sandboxes and scenarios are there already
 */
export function countSandboxes(
  laws: readonly Law[],
  judged: readonly Law[] = [],
): { readonly creates: number; readonly shared: number } {
  const sharedBy = (some: readonly Law[]) => Math.max(0, ...some.map(({ sandboxes }) => sandboxes.shared));
  const shared = Math.max(0, sharedBy(laws) - sharedBy(judged));
  const scenarios = new Map(laws.flatMap(({ sandboxes }) => scenarioCost(sandboxes)));
  for (const { sandboxes } of judged) if (sandboxes.scenario !== undefined) scenarios.delete(sandboxes.scenario);
  const ofScenarios = [...scenarios.values()].reduce((sum, creates) => sum + creates, 0);
  const own = laws.reduce(
    (sum, { sandboxes: { fresh, creates, scenario } }) => sum + fresh + (scenario === undefined ? creates : 0),
    0,
  );
  return { creates: shared + ofScenarios + own, shared };
}

function scenarioCost({ scenario, creates }: Law["sandboxes"]): readonly (readonly [string, number])[] {
  return scenario === undefined ? [] : [[scenario, creates]];
}

/**
 * The laws as they stand where all fit the budget; else the most binding first, so that the rest is left over.
 *
 * @param judged - those among them that can be judged: the others cost nothing
 */
export function orderForBudget(
  laws: readonly Law[],
  { judged, createsMax }: { readonly judged: readonly Law[]; readonly createsMax: number },
): readonly Law[] {
  if (countSandboxes(judged).creates <= createsMax) return laws;
  const rank = ({ requirement }: Law) => requirements.indexOf(requirement);
  return laws.toSorted((one, other) => rank(one) - rank(other));
}

/**
 * One part of the laws, for one machine of several: the parts cost about the same. Laws that judge the record of one scenario
 * stay together.
 *
 * @param shard - from 1 to `of`
 */
export function shardLaws(
  laws: readonly Law[],
  { shard, of }: { readonly shard: number; readonly of: number },
): readonly Law[] {
  const groups = [...Map.groupBy(laws, groupOf).values()].map((group) => ({ group, cost: sandboxesOfPart(group) }));
  const parts = Array.from({ length: of }, () => ({ cost: 0, laws: new Set<Law>() }));
  // What costs most finds its place first, and the rest evens out.
  for (const { group, cost } of groups.toSorted((one, other) => other.cost - one.cost)) {
    const least = parts.reduce((one, other) => (other.cost < one.cost ? other : one));
    least.cost += cost;
    for (const law of group) least.laws.add(law);
  }
  return laws.filter((law) => parts[shard - 1]!.laws.has(law));
}

const lawsPerSandbox = 10; // a rough share: a sandbox is made, waited for and ended, and a law only asks

/** What laws cost beside the sandboxes that each part has for all of its laws, in sandboxes. */
function sandboxesOfPart(laws: readonly Law[]): number {
  const { creates, shared } = countSandboxes(laws);
  return creates - shared + laws.length / lawsPerSandbox;
}

function groupOf({ id, sandboxes: { scenario } }: Law): string {
  return scenario === undefined ? id : `scenario ${scenario}`;
}
