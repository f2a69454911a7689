import type { Findings } from "./findings.ts";

/** What one run of a tool came to. */
export type Run = {
  readonly tool: string;
  readonly contract: string;
  /** Absent for the mock without faults. */
  readonly fault?: string;
  readonly seed: number;
  /** Absent where the run left no report, since it was ended or failed. */
  readonly findings?: Findings | undefined;
  /** Why there is nothing to count: the mock or the tool could not be started, or the mock ended. */
  readonly failed?: string;
  readonly requests: number;
  readonly created: number;
  /** Sandboxes that were not stopped at the end. */
  readonly left: number;
  readonly seconds: number;
  /** What the tool used of the processors. */
  readonly processorSeconds: number;
};

const sightNames = ["found", "found once", "by chance", "not seen", "without a report"] as const;

/** What a tool makes of a fault. */
export type Sight = {
  readonly seen: (typeof sightNames)[number];
  /** The findings that it rests on. */
  readonly findings: Findings;
};

/**
 * Says whether a tool saw a fault, by what it reports with the fault and in no run without: _found_ where one such finding
 * comes in each run (_found once_ where there is one run), _by chance_ where there are some and none comes in each.
 */
export function judgeSight(runs: readonly Run[], clean: readonly Run[]): Sight {
  const known = new Set(clean.flatMap(({ findings = [] }) => findings));
  const news = runs.flatMap(({ findings }) =>
    findings === undefined ? [] : [findings.filter((name) => !known.has(name))],
  );
  if (news.length === 0) return { seen: "without a report", findings: [] };
  const always = news[0]!.filter((name) => news.every((names) => names.includes(name)));
  if (always.length > 0) return { seen: news.length > 1 ? "found" : "found once", findings: always };
  const some = [...new Set(news.flat())];
  return { seen: some.length > 0 ? "by chance" : "not seen", findings: some };
}

/** The tables of one contract: what the tools came to, and what each made of each fault that all of them have judged. */
export function writeTables(contract: string, tools: readonly string[], all: readonly Run[]): string {
  const runs = all.filter((run) => run.contract === contract);
  const isWhole = (fault: string) =>
    tools.every((tool) => runs.some((run) => run.tool === tool && run.fault === fault));
  const faults = [...new Set(runs.flatMap(({ fault }) => fault ?? []))].filter(isWhole);
  const columns = tools.map((tool) => {
    const own = runs.filter((run) => run.tool === tool);
    const clean = own.filter(({ fault }) => fault === undefined);
    const sights = faults.map((fault) =>
      judgeSight(
        own.filter((run) => run.fault === fault),
        clean,
      ),
    );
    return { own, clean, sights };
  });
  type Column = (typeof columns)[number];
  const count = (seen: Sight["seen"]) => (column: Column) =>
    String(column.sights.filter((sight) => sight.seen === seen).length);
  const each =
    (of: (run: Run) => number) =>
    ({ own }: Column) =>
      spread(own.filter(({ failed }) => failed === undefined).map(of));
  const rows: readonly (readonly [string, (column: Column) => string])[] = [
    ...sightNames.map((seen) => [`${seen}, of ${faults.length} faults`, count(seen)] as const),
    ["false alarms in a run", ({ clean }) => spread(clean.map(({ findings = [] }) => findings.length))],
    ["clean runs with an alarm that no other has", ({ clean }) => `${countOdd(clean)} of ${clean.length}`],
    ["requests in a run", each(({ requests }) => requests)],
    ["sandboxes created in a run", each(({ created }) => created)],
    ["sandboxes left after a run", each(({ left }) => left)],
    ["seconds for a run", each(({ seconds }) => Math.round(seconds))],
    ["seconds of a processor for it", each(({ processorSeconds }) => Math.round(processorSeconds))],
    ["runs", ({ own }) => String(own.length)],
    ["runs that failed", ({ own }) => String(own.filter(({ failed }) => failed !== undefined).length)],
  ];
  const summary = rows.map(([name, cell]) => [name, ...columns.map(cell)]);
  const single = faults.map((fault, at) => [`\`${fault}\``, ...columns.map(({ sights }) => describe(sights[at]!))]);
  return [
    writeTable(["", ...tools], summary),
    writeTable(["fault", ...tools.map((tool) => `${tool}, and the first finding`)], single),
  ].join("\n\n");
}

/** How many clean runs would be news beside the others: what chance alone makes of the tool. */
function countOdd(clean: readonly Run[]): number {
  return clean.filter((run) => {
    const others = clean.filter((other) => other !== run);
    return judgeSight([run], others).findings.length > 0;
  }).length;
}

const charactersMax = 90;

function describe({ seen, findings }: Sight): string {
  if (findings.length === 0) return seen;
  const [first = ""] = findings;
  const shown = first.length <= charactersMax ? first : `${first.slice(0, charactersMax)}…`;
  return `${seen}: \`${shown.replaceAll("|", "\\|")}\``;
}

function spread(values: readonly number[]): string {
  const sorted = [...values].sort((one, other) => one - other);
  const [least, middle, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  return least === most ? `${least ?? "none"}` : `${middle} (${least}–${most})`;
}

function writeTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
