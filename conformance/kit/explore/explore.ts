import { noSandboxes } from "../law/law.ts";
import type { Law } from "../law/law.ts";
import type { LawRun, Scenario } from "../law/law-run.ts";
import { createTable } from "./coverage-table.ts";
import { isPaired, shareOf } from "./explored-share.ts";
import { callsFor, coverCells, coverDeadlines, coverPairs } from "./explore-table.ts";
import { createExplorer, Enough } from "./explorer.ts";
import type { Explorable, Explored, ExploredBreach, Explorer } from "./exploration.ts";
import { exploredCalls } from "./explored-call.ts";

/** So many requests an exploration sends at most, and so long it waits for their answers: where each takes long, it covers less. */
export const exploredMax = { requests: 7_000, waitedMs: 60_000 } as const;
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
  const explorer = createExplorer(run, explorable, { table, max: exploredMax, isEnough });
  const calls = exploredCalls(run.contract, explorable);
  const { oneWay } = explorable;
  try {
    const [first, second] = await explorable.begin(explorer, run);
    const usual = { calls, kinds: ["plain", "visit", "stranger"], oneWay } as const;
    await throughStages(explorer, first, { calls, oneWay }, () => coverCells(explorer, first, usual));
    const pairs = () => callsFor(explorer, second, calls).filter((call) => isPaired(explorable, call));
    await coverPairs(explorer, second, pairs);
    if (explorer.movesTime) await coverDeadlines(explorer, second, pairs);
    const all = { calls, kinds: ["plain", "visit", "stranger", "valid", "broken"], oneWay } as const;
    await throughStages(explorer, second, { calls, oneWay }, () => coverCells(explorer, second, all));
    await explorable.end?.(explorer, run);
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

/** Covers what there is to cover, then takes the next step after which there is no way back, and so on. */
async function throughStages(
  explorer: Explorer,
  sandbox: Explored,
  { calls, oneWay }: Pick<Explorable, "oneWay"> & { readonly calls: ReturnType<typeof exploredCalls> },
  cover: () => Promise<void>,
): Promise<void> {
  await cover();
  for (const operation of oneWay) {
    const step = calls.find((call) => call.operation === operation && call.kind === "plain")!;
    await explorer.take(sandbox, step);
    await cover();
  }
}
