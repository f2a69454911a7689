import type { ExploredCall } from "./explored-call.ts";
import type { Explored, Explorer } from "./exploration.ts";

type Kind = ExploredCall["kind"];

/** Goes on until each reachable cell of some kinds is covered, from the state that a sandbox is in. */
export async function coverCells(
  explorer: Explorer,
  sandbox: Explored,
  { calls, kinds }: { readonly calls: readonly ExploredCall[]; readonly kinds: readonly Kind[] },
): Promise<void> {
  const applicable = calls.filter((call) => explorer.applies(sandbox, call));
  for (const kind of kinds) {
    for (;;) {
      const all = [...applicable, ...explorer.visits(sandbox)];
      const open = (state: string) =>
        all.find(
          (call) => call.kind === kind && !explorer.table.hasCell(state, call) && !leaves(explorer, state, call),
        );
      if (explorer.know(sandbox).names.length !== 1) await explorer.look(sandbox);
      const next = nextCall(explorer, sandbox, { open, calls: all });
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
function leaves({ routes, oneWay }: Explorer, state: string, call: ExploredCall): boolean {
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
  }: {
    readonly open: (state: string) => ExploredCall | undefined;
    readonly calls: readonly ExploredCall[];
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
      if (first.has(to) || call === undefined || leaves(explorer, state, call)) continue;
      first.set(to, step ?? call);
    }
  }
  return undefined;
}

/** How much time passes between two requests of a pair, in milliseconds: more than two times of one moment may be apart. */
const pairedMs = 6_000;

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
    await explorer.pass(pairedMs);
    await explorer.take(sandbox, next);
    last = next;
  }
}

/** How much time is left before and after a moment that is looked at, in milliseconds. */
const marginMs = { before: 2_000, after: 5_000 };
const armedS = 60;
const longMs = 86_400_000;

/** Gives a sandbox a time that is soon up, where it can have one. */
async function arm(explorer: Explorer, sandbox: Explored): Promise<boolean> {
  const call = explorer.know(sandbox).arm(armedS);
  if (call !== undefined) await explorer.take(sandbox, call);
  return call !== undefined;
}

/** What each request makes of the time that is left: half of it passes before the request, the rest after it. */
export async function coverDeadlines(
  explorer: Explorer,
  sandbox: Explored,
  choose: () => readonly ExploredCall[],
): Promise<void> {
  for (const { name } of choose()) {
    if (!(await arm(explorer, sandbox))) return;
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

/** What is no activity, all at one moment: half of the time that is left passes before it, the rest after it. */
export async function coverQuiet(
  explorer: Explorer,
  sandbox: Explored,
  choose: () => readonly ExploredCall[],
): Promise<void> {
  if (!(await arm(explorer, sandbox))) return;
  await explorer.pass((armedS * 1_000) / 2);
  for (const call of choose()) await explorer.take(sandbox, call);
  await reachDeadline(explorer, sandbox);
}

/** What is activity, each before the time is up that the one before has given. */
export async function coverActive(
  explorer: Explorer,
  sandbox: Explored,
  calls: readonly ExploredCall[],
): Promise<void> {
  if (!(await arm(explorer, sandbox))) return;
  for (const call of calls) {
    await explorer.pass((armedS * 1_000 * 3) / 4);
    await explorer.look(sandbox);
    await explorer.take(sandbox, call);
  }
  await reachDeadline(explorer, sandbox);
}

/** What happens while a sandbox is away from the state that it is in: to itself, or to another one. */
type Between = { readonly of: Explored; readonly name: string };

/**
 * Takes a sandbox to another state by each way there, by itself too, does something there, and takes it back by each way: then it is
 * looked at, visited, and left until its time is up.
 */
export async function coverRoundTrips(
  explorer: Explorer,
  sandbox: Explored,
  {
    choose,
    beside,
    pathOf,
  }: {
    readonly choose: (of: Explored) => readonly ExploredCall[];
    readonly beside: readonly Explored[];
    /** The path of an operation. */
    readonly pathOf: (operation: string) => string;
  },
): Promise<void> {
  const { routes } = explorer;
  const take = async (of: Explored, name: string) => {
    const call = choose(of).find((each) => each.name === name);
    if (call !== undefined) await explorer.take(of, call);
  };
  if (!(await arm(explorer, sandbox))) return;
  const [home = ""] = explorer.know(sandbox).names;
  const all = choose(sandbox);
  const leading = (from: string, to: string) =>
    all.filter(({ name }) => routes.get(from)?.get(name) === to).map(({ name }) => name);
  const away = [...(routes.get(home)?.values() ?? [])].find((to) => to !== home && leading(to, home).length > 0);
  if (away === undefined) return;
  const outs = [...leading(home, away), undefined];
  const backs = leading(away, home);
  const own = leading(away, away).map((name): Between => ({ of: sandbox, name }));
  const others = beside.flatMap((of) =>
    choose(of)
      .filter((call) => call.kind === "plain" && !leaves(explorer, explorer.know(of).names.join(), call))
      .map(({ name }): Between => ({ of, name })),
  );
  const trips = [
    ...own.flatMap((between) => backs.map((back) => ({ between, back }))),
    ...others.map((between, index) => ({ between, back: backs[index % backs.length]! })),
  ];
  const visits = explorer.visits(sandbox).map(({ name }) => name);
  /** What may have made that which a request is about. */
  const making = (name: string) => {
    const path = pathOf(all.find((each) => each.name === name)?.operation ?? "");
    return leading(home, home).filter((each) => {
      const { operation } = all.find((one) => one.name === each)!;
      return each !== name && operation !== "preview" && path.startsWith(pathOf(operation));
    });
  };
  for (const [index, { between, back }] of trips.entries()) {
    if (!(await arm(explorer, sandbox))) return;
    for (const name of making(between.name)) await take(sandbox, name);
    const out = outs[(index + Math.floor(index / backs.length)) % outs.length];
    if (out === undefined) await reachDeadline(explorer, sandbox);
    else await take(sandbox, out);
    await take(between.of, between.name);
    await take(sandbox, back);
    await explorer.look(sandbox);
    for (const visit of [...leading(away, away), visits[index % visits.length]!]) {
      const each = explorer.visits(sandbox).find(({ name }) => name === visit);
      if (each !== undefined) await explorer.take(sandbox, each);
    }
    await reachDeadline(explorer, sandbox);
  }
  // What has no time is there after a day, however it slept.
  const [outward] = outs;
  for (const back of outward === undefined ? [] : backs) {
    const never = explorer.know(sandbox).arm(0);
    if (never === undefined) return;
    await explorer.take(sandbox, never);
    if (explorer.know(sandbox).dueIn?.fromMs !== Infinity) return;
    await take(sandbox, outward!);
    await take(sandbox, back);
    await reachDeadline(explorer, sandbox);
  }
}

/** Looks at what has ended for good after longer than a server may remember it by chance. */
export async function coverEnds(explorer: Explorer, ended: readonly Explored[]): Promise<void> {
  if (!explorer.movesTime) return;
  await explorer.pass(longMs);
  for (const each of ended) await explorer.look(each);
}
