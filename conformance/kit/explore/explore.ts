import { noSandboxes } from "../law/law.ts";
import type { Law } from "../law/law.ts";
import type { LawRun, Scenario } from "../law/law-run.ts";
import { createTable } from "./coverage-table.ts";
import { isPaired, shareOf } from "./explored-share.ts";
import {
  callsFor,
  coverActive,
  coverCells,
  coverDeadlines,
  coverEnds,
  coverPairs,
  coverQuiet,
  coverRoundTrips,
} from "./explore-table.ts";
import { createExplorer } from "./explorer.ts";
import { Enough } from "./sender.ts";
import type { Explorable, Explored, ExploredBreach, Explorer } from "./exploration.ts";
import { exploredCalls } from "./explored-call.ts";
import type { ExploredCall } from "./explored-call.ts";

/** So many requests an exploration sends at most, and so long it waits for their answers: where each takes long, it covers less. */
export const exploredMax = { requests: 7_000, requestsInFull: 16_000, waitedMs: 40_000 } as const;
const scenarioName = "exploration";
/** What stands for a clause where a server fails at a request each time. */
export const failingClause = "/when-failing";

/**
 * Goes through the table of a contract: each state with each class of requests, then each pair of usual requests, then what each
 * makes of the time that is left. What it finds is what the model says of it.
 *
 * The first sandbox is taken through all states with what is usual; the second one with all else. Each is looked at while
 * something happens to another.
 */
async function exploreTable(
  run: LawRun,
  explorable: Explorable,
  isEnough: (found: ExploredBreach) => boolean,
): Promise<readonly ExploredBreach[]> {
  const table = createTable();
  const isFull = run.has("full-profile");
  const max = { ...exploredMax, requests: isFull ? exploredMax.requestsInFull : exploredMax.requests };
  const explorer = createExplorer(run, explorable, { table, max, isEnough });
  const calls = exploredCalls(run.contract, explorable);
  const { oneWay } = explorable;
  const [before, last] = [oneWay.slice(0, -1), oneWay.slice(-1)];
  try {
    const [first, second, ...rest] = await explorable.begin(explorer, run);
    const usual = { calls, kinds: ["plain", "visit", "stranger"] } as const;
    const all = { calls, kinds: ["plain", "visit", "stranger", "valid", "broken"] } as const;
    const paired = (of: Explored) => callsFor(explorer, of, calls).filter((call) => isPaired(explorable, call));
    await coverCells(explorer, first, usual);
    await throughStages(explorer, first, { calls, stages: before, cover: () => coverCells(explorer, first, usual) });
    await coverPairs(explorer, second, () => paired(second));
    if (explorer.movesTime) await coverDeadlines(explorer, second, () => paired(second));
    if (explorer.movesTime && isFull) {
      const pathOf = (operation: string) =>
        run.contract.operations.find(({ id }) => id === operation)?.path ?? operation;
      await coverTime(explorer, second, { calls, paired, beside: [first, ...rest], pathOf });
    }
    await coverCells(explorer, second, all);
    await throughStages(explorer, second, { calls, stages: before, cover: () => coverCells(explorer, second, all) });
    for (const of of [second, ...rest, first]) {
      await (of === second ? putAside(explorer, of, calls) : putForth(explorer, of));
      await throughStages(explorer, of, {
        ...{ calls, stages: last },
        cover: () => coverCells(explorer, of, of === second ? all : usual),
      });
      for (const each of [first, second, ...rest]) await explorer.look(each);
    }
    await coverEnds(explorer, [first, second, ...rest]);
    await explorable.end?.(explorer, run);
    explorer.conclude();
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  } finally {
    run.noteExplored(shareOf(run.contract, explorable, table));
  }
  return explorer.found();
}

/**
 * The exploration as a law reads it. Once the law saw a breach, it is played again only until the law sees one anew.
 *
 * @param isOfLaw - whether what was found is a breach of the law
 */
function explorationScenario(
  explorable: Explorable,
  isOfLaw: (found: ExploredBreach) => boolean,
): Scenario<readonly ExploredBreach[]> {
  const play = (run: LawRun, again: boolean) => exploreTable(run, explorable, again ? isOfLaw : () => false);
  return { name: scenarioName, creates: explorable.creates, keeps: "play", play };
}

/** Whether a law goes through the table. */
export function explores({ sandboxes }: Pick<Law, "sandboxes">): boolean {
  return sandboxes.scenario === scenarioName;
}

/** A law about what the exploration of the whole table finds: by some clauses, or where a server fails each time. */
export function explorationLaw({
  isOfLaw,
  exploration,
  ...head
}: Pick<Law, "id" | "requirement" | "statement" | "source" | "operations" | "needs"> & {
  readonly exploration: Explorable;
  readonly isOfLaw: (clause: string, isBeside: boolean) => boolean;
}): Law {
  const isBreach = ({ clause, isBeside }: ExploredBreach) => isOfLaw(clause ?? failingClause, isBeside);
  const scenario = explorationScenario(exploration, isBreach);
  return {
    ...head,
    sandboxes: { ...noSandboxes, creates: scenario.creates, scenario: scenario.name },
    check: async (run) => (await run.play(scenario)).record.find(isBreach)?.breach,
    movesTime: true,
  };
}

/** Brings a sandbox that changes by itself to where it does not. */
async function putAside(explorer: Explorer, sandbox: Explored, calls: readonly ExploredCall[]): Promise<void> {
  const { names, dueIn } = explorer.know(sandbox);
  const leads = (name: string) => ![undefined, names[0]].includes(explorer.routes.get(names[0] ?? "")?.get(name));
  const step = calls.find(
    ({ kind, operation, name }) => kind === "plain" && !explorer.oneWay.includes(operation) && leads(name),
  );
  if (dueIn !== undefined && step !== undefined) await explorer.take(sandbox, step);
}

/** Gives a sandbox a time after which it changes by itself, where it has none. */
async function putForth(explorer: Explorer, sandbox: Explored): Promise<void> {
  const { dueIn, arm } = explorer.know(sandbox);
  const step = dueIn === undefined ? arm(aDayS) : undefined;
  if (step !== undefined) await explorer.take(sandbox, step);
}

const aDayS = 86_400;

/** What passes of a time that is left, whatever is sent meanwhile and however the sandbox sleeps and wakes. */
async function coverTime(
  explorer: Explorer,
  sandbox: Explored,
  {
    calls,
    paired,
    ...rest
  }: {
    readonly calls: readonly ExploredCall[];
    readonly paired: (of: Explored) => readonly ExploredCall[];
    readonly beside: readonly Explored[];
    readonly pathOf: (operation: string) => string;
  },
): Promise<void> {
  const visits = explorer.visits(sandbox);
  const wakes = ({ name }: ExploredCall) =>
    [...explorer.routes].some(([from, to]) => to.has(name) && to.get(name) !== from);
  const refused = calls.filter(({ kind }) => kind === "stranger" || kind === "broken");
  const once = refused.filter(
    ({ operation, kind, name }, index) =>
      kind === "stranger" ||
      refused.findIndex((each) => each.kind === kind && each.operation === operation) === index ||
      name.endsWith("no body"),
  );
  await coverQuiet(explorer, sandbox, () => [
    ...once,
    ...listReturns(explorer, sandbox, calls),
    ...visits.filter((visit) => !wakes(visit)),
  ]);
  await coverActive(explorer, sandbox, visits.filter(wakes));
  await coverRoundTrips(explorer, sandbox, { choose: paired, ...rest });
}

/** What would bring it back to the state that it is in: it changes nothing where it has not left. */
function listReturns(explorer: Explorer, sandbox: Explored, calls: readonly ExploredCall[]): readonly ExploredCall[] {
  const [here = ""] = explorer.know(sandbox).names;
  const returns = ({ kind, name }: ExploredCall) =>
    kind === "plain" && [...explorer.routes].some(([from, to]) => from !== here && to.get(name) === here);
  const returning = new Set(calls.filter(returns).map(({ operation }) => operation));
  return calls.filter(({ kind, operation }) => kind === "valid" && returning.has(operation));
}

/** Takes the steps after which there is no way back, each once there is nothing to cover before it. */
async function throughStages(
  explorer: Explorer,
  sandbox: Explored,
  {
    calls,
    stages,
    cover,
  }: {
    readonly calls: readonly ExploredCall[];
    readonly stages: readonly string[];
    readonly cover: () => Promise<void>;
  },
): Promise<void> {
  for (const operation of stages) {
    const step = calls.find((call) => call.operation === operation && call.kind === "plain")!;
    await explorer.take(sandbox, step);
    await cover();
  }
}
