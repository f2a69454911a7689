import type { Law } from "../law/law.ts";
import { countSandboxes } from "./law-order.ts";
import { findUnmetPrecondition } from "./unmet-precondition.ts";
import type { UnmetPrecondition } from "./unmet-precondition.ts";
import { createSessionParts } from "./session-parts.ts";
import { createsBeyondUsual } from "./waiver.ts";
import { usualCreates } from "./usual-limits.ts";
import { explores } from "../explore/explore.ts";
import { shareOf } from "../explore/explored-share.ts";
import type { JudgedContract } from "./judged-contract.ts";
import type { SessionOptions } from "./session-parts.ts";

/** What a run would do, as far as can be told before it. */
export type Plan = {
  readonly laws: readonly Law[]; // that would be judged
  readonly unjudged: readonly { readonly law: Law; readonly unmet: UnmetPrecondition }[];
  readonly creates: number; // sandboxes, on a target that keeps every law
  readonly shared: number; // of these, looked at by several laws
  readonly deeper: number; // sandboxes beyond these that random sequences may take, where the budget allows for more
  readonly createsMax: number; // the most that it would make, whatever the target does
  readonly waived: number; // of these, for what the target is known to make where it should not
  readonly waitsMs: number; // that pass on the target's clock, in one stretch for all laws
  readonly concurrency: number; // laws that are judged side by side
  readonly controlled: boolean; // whether the target's clock is moved, so that nothing waits
  /** How large the table is that would be explored; absent where none would. */
  readonly table?: { readonly cells: number; readonly pairs: number };
};

/** Plans a run. It asks a target on this machine whether its clock can be moved, and sends nothing else. */
export async function planRun(
  laws: readonly Law[],
  options: SessionOptions & { readonly contract: JudgedContract },
): Promise<Plan> {
  const parts = createSessionParts(options);
  await parts.time.prepare();
  const looked = laws.map((law) => ({ law, unmet: findUnmetPrecondition(law, parts) }));
  const judged = looked.flatMap(({ law, unmet }) => (unmet === undefined ? [law] : []));
  const counts = countSandboxes(judged);
  const waived = options.createsMax === undefined ? createsBeyondUsual(parts.waivers, judged) : 0;
  const createsMax = options.createsMax ?? usualCreates(counts.creates) + waived;
  return {
    laws: judged,
    unjudged: looked.flatMap(({ law, unmet }) => (unmet === undefined ? [] : [{ law, unmet }])),
    ...counts,
    deeper: depthFor(judged, createsMax - counts.creates),
    createsMax,
    waived,
    waitsMs: Math.max(0, ...judged.map(({ waitsMs = 0 }) => waitsMs)),
    concurrency: parts.concurrency,
    controlled: parts.time.controlled,
    ...(judged.some(explores) ? tableOf(options.contract) : {}),
  };
}

function tableOf(contract: JudgedContract): Pick<Plan, "table"> {
  const { exploration } = contract.model ?? {};
  if (exploration === undefined) return {};
  const { cells, pairs } = shareOf(contract, exploration);
  return { table: { cells: cells.of, pairs: pairs.of } };
}

/** A budget without a limit buys no depth: there would be no end to it. */
function depthFor(laws: readonly Law[], left: number): number {
  return Number.isFinite(left) && laws.some(({ sandboxes }) => sandboxes.deepens === true) ? Math.max(0, left) : 0;
}
