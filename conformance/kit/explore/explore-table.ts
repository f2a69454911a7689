import type { ExploredCall } from "./explored-call.ts";
import type { Explored, Explorer } from "./exploration.ts";

type Kind = ExploredCall["kind"];

/** Goes on until each reachable cell of some kinds is covered, from the state that a sandbox is in. */
export async function coverCells(
  explorer: Explorer,
  sandbox: Explored,
  {
    calls,
    kinds,
    oneWay,
  }: { readonly calls: readonly ExploredCall[]; readonly kinds: readonly Kind[]; readonly oneWay: readonly string[] },
): Promise<void> {
  for (const kind of kinds) {
    for (;;) {
      const all = callsFor(explorer, sandbox, calls);
      const open = (state: string) =>
        all.find(
          (call) =>
            call.kind === kind && !explorer.table.hasCell(state, call) && !leaves(explorer, state, call, oneWay),
        );
      if (explorer.know(sandbox).names.length !== 1) await explorer.look(sandbox);
      const next = nextCall(explorer, sandbox, { open, calls: all, oneWay });
      if (next === undefined) break;
      const dueBefore = explorer.know(sandbox).dueIn;
      await explorer.take(sandbox, next);
      const { dueIn } = explorer.know(sandbox);
      if (explorer.movesTime && next.kind === "valid" && dueIn?.toMs !== dueBefore?.toMs)
        await reachDeadline(explorer, sandbox);
    }
  }
}

/** The classes of requests and of visits, as tokens are now. A visit of one name is one column, whatever its token. */
export function callsFor(
  explorer: Explorer,
  sandbox: Explored,
  calls: readonly ExploredCall[],
): readonly ExploredCall[] {
  return [...calls.filter((call) => explorer.applies(sandbox, call)), ...explorer.visits(sandbox)];
}

/** Whether a request may lead where there is no way back from. */
function leaves({ routes }: Explorer, state: string, call: ExploredCall, oneWay: readonly string[]): boolean {
  if (!oneWay.includes(call.operation) || call.kind === "stranger" || call.kind === "broken") return false;
  return routes.get(state)?.get(call.name) !== state;
}

/** One of the open cells of the state, or the first step of the shortest way to another state that has some. */
function nextCall(
  explorer: Explorer,
  sandbox: Explored,
  {
    open,
    calls,
    oneWay,
  }: {
    readonly open: (state: string) => ExploredCall | undefined;
    readonly calls: readonly ExploredCall[];
    readonly oneWay: readonly string[];
  },
): ExploredCall | undefined {
  const { names } = explorer.know(sandbox);
  if (names.length !== 1) return undefined;
  const [here] = names as [string];
  const first = new Map<string, ExploredCall | undefined>([[here, undefined]]);
  for (const [state, step] of first) {
    const cell = open(state);
    if (cell !== undefined) return step ?? cell;
    for (const [name, to] of explorer.routes.get(state) ?? []) {
      const call = calls.find((each) => each.name === name);
      if (first.has(to) || call === undefined || leaves(explorer, state, call, oneWay)) continue;
      first.set(to, step ?? call);
    }
  }
  return undefined;
}

/** Sends each pair of requests one after the other, as far as the least number of requests leads. */
export async function coverPairs(
  explorer: Explorer,
  sandbox: Explored,
  choose: () => readonly ExploredCall[],
): Promise<void> {
  let last: ExploredCall | undefined;
  for (;;) {
    const calls = choose();
    const open = (from: ExploredCall) => calls.filter((to) => !explorer.table.hasPair(from, to));
    const next =
      (last === undefined ? undefined : open(last)[0]) ??
      calls.toSorted((one, other) => open(other).length - open(one).length).find((call) => open(call).length > 0);
    if (next === undefined) return;
    await explorer.take(sandbox, next);
    last = next;
  }
}

/** How much time is left before and after a moment that is looked at, in milliseconds. */
const marginMs = { before: 2_000, after: 5_000 };
const armedS = 60;
const longMs = 86_400_000;

/** What each request makes of the time that is left: half of it passes before the request, the rest after it. */
export async function coverDeadlines(
  explorer: Explorer,
  sandbox: Explored,
  choose: () => readonly ExploredCall[],
): Promise<void> {
  for (const { name } of choose()) {
    const arming = explorer.know(sandbox).arm(armedS);
    if (arming === undefined) return;
    await explorer.take(sandbox, arming);
    await explorer.pass((armedS * 1_000) / 2);
    const call = choose().find((each) => each.name === name);
    if (call !== undefined) await explorer.take(sandbox, call);
    await reachDeadline(explorer, sandbox);
  }
}

/** Looks shortly before a sandbox changes by itself, and shortly after. */
async function reachDeadline(explorer: Explorer, sandbox: Explored): Promise<void> {
  const { dueIn } = explorer.know(sandbox);
  if (dueIn === undefined || !explorer.movesTime) return;
  const leftMs = (atMs: number) => atMs - explorer.now();
  if (leftMs(dueIn.fromMs) > longMs) {
    await explorer.pass(longMs);
    return explorer.look(sandbox);
  }
  await explorer.pass(leftMs(dueIn.fromMs) - marginMs.before);
  await explorer.look(sandbox);
  await explorer.pass(leftMs(dueIn.toMs) + marginMs.after);
  await explorer.look(sandbox);
}
