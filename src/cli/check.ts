import { createReadStream } from "node:fs";
import { Command } from "commander";
import type {
  CheckOptions,
  ContractName,
  Judged,
  LawChoice,
  RunEvent,
  TrafficSource,
  Waiver,
} from "../../conformance/command.ts";
import { systemClock } from "../contract/clock.ts";
import { configInvalid } from "../contract/contract-error.ts";
import { baselineWaivers, nextBaseline, readBaseline, writeBaseline } from "./baseline.ts";
import { parseFailOn, wholeNumber } from "./conform-options.ts";
import { contractList } from "./contract-names.ts";
import { createProgress } from "./conform-progress.ts";
import { isPlain } from "./interruptible.ts";
import { assertReadable } from "./named-file.ts";
import { assertWritable, reportFiles, writeReports } from "./write-reports.ts";
import { collect } from "./repeated-option.ts";
import { createConformCommand } from "./conform.ts";
import { shareOptions } from "./shared-options.ts";

/** The options as they stand on the command line. */
type RawCheckOptions = JudgeFlags & { readonly baseUrl?: readonly string[]; readonly host?: readonly string[] };

/** How traffic is judged, wherever it comes from, as it stands on the command line. */
export type JudgeFlags = {
  readonly keysApart?: boolean;
  readonly listsLag?: string;
  readonly law?: string;
  readonly exclude?: readonly string[];
  readonly operation?: readonly string[];
  readonly waivers?: readonly string[];
  readonly baseline?: string;
  readonly updateBaseline?: boolean;
  readonly failOn?: string;
  readonly requireAll?: boolean;
  readonly report?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
};

/**
 * Creates `sandglass check`, which judges recordings by the laws of a contract, and sends nothing.
 *
 * It prints what is broken, and sets `process.exitCode`. Parsing rejects with a {@link ContractError}
 * `CONFIG_INVALID` where it cannot begin.
 */
export function createCheckCommand(): Command {
  const command = new Command("check")
    .description("judge a recording by the laws of a contract, with no request")
    .argument("<contract>", contractList)
    .argument("<file...>", "HAR files, or what conform --record ndjson=FILE has written; - is standard input")
    .option("--base-url <url>", "requests below it go to the API, again for each (guessed by default)", collect)
    .option("--host <host>", "requests to it go to the API, again for each: api.example, localhost:4020", collect)
    .option("--keys-apart", "each key has an organisation of its own: what one sees of another's is a breach")
    .option("--lists-lag <ms>", "how far lists may lag behind, in milliseconds: 0 by default")
    .option("--quiet", "tell the verdict alone")
    .option("--verbose", "list the laws that were not judged");
  return shareOptions(command, createConformCommand(), [
    ...["--law", "--exclude", "--operation", "--waivers", "--baseline", "--update-baseline"],
    ...["--fail-on", "--require-all", "--report"],
  ]).action(async (contract: string, files: readonly string[], raw: RawCheckOptions) => {
    process.exitCode = await check(contract, files, raw);
  });
}

async function check(name: string, files: readonly string[], raw: RawCheckOptions): Promise<number> {
  const reach = { baseUrls: raw.baseUrl?.map(parseBaseUrl), hosts: raw.host?.map(parseHost) };
  const { shellWord } = await import("../../conformance/command.ts");
  const again = [
    `npx sandglass check ${name}`,
    ...files.map((file) => (file === "-" ? '- < "$RECORDING"' : shellWord(file))),
    ...(raw.baseUrl ?? []).map((url) => `--base-url ${shellWord(url)}`),
    ...(raw.host ?? []).map((host) => `--host ${host}`),
    ...judgeFlagsOf(raw),
  ].join(" ");
  return judgeSources(name, () => openSources(files), { reach, again }, raw);
}

/** What a command that judges such traffic again says of it. */
export function judgeFlagsOf({ keysApart = false, listsLag }: JudgeFlags): readonly string[] {
  return [...(keysApart ? ["--keys-apart"] : []), ...(listsLag === undefined ? [] : [`--lists-lag ${listsLag}`])];
}

/**
 * Judges traffic, prints what is broken, and writes the reports.
 *
 * @returns the exit code
 * @throws {@link ContractError} `CONFIG_INVALID` where it cannot begin
 */
export async function judgeSources(
  name: string,
  open: () => readonly TrafficSource[],
  how: Pick<CheckOptions, "reach" | "secondReading" | "again">,
  raw: JudgeFlags,
): Promise<number> {
  const { chooseLaws, contracts, counterexampleFingerprint, reportFormats } =
    await import("../../conformance/command.ts");
  const { readWaivers } = await import("./conform-run.ts");
  const { baseline, updateBaseline: updates = false } = raw;
  if (!Object.hasOwn(contracts, name)) throw configInvalid(`there is no contract "${name}": it is ${contractList}`);
  if (updates && baseline === undefined) throw configInvalid("--update-baseline of which? Say --baseline FILE");
  const reports = reportFiles(raw, reportFormats);
  const known = baseline === undefined ? [] : readBaseline(baseline, { mayLack: updates });
  const waivers = [...(await readWaivers(raw.waivers ?? [])), ...baselineWaivers(known)];
  for (const { file } of reports) await assertWritable(file);
  const choice: LawChoice = { law: raw.law, exclude: raw.exclude, operations: raw.operation };
  process.stdout.off("error", ignore).on("error", ignore); // the reader of a pipe may have seen enough
  const { judged, report, lines } = await judge(raw, waivers, {
    ...{
      contract: contracts[name as ContractName],
      sources: open(),
      ...how,
      waivers,
      keysApart: raw.keysApart,
      listsLagMs: wholeNumber("--lists-lag", raw.listsLag, 0),
    },
    ...{ choose: (laws) => chooseLaws(laws, choice), clock: systemClock },
  });
  for (const line of lines) process.stdout.write(`${line}\n`);
  await writeReports(reports, [report]);
  if (updates) {
    const mark = ({ outcome }: Judged) => counterexampleFingerprint(outcome);
    writeBaseline(baseline!, nextBaseline(known, judged, mark));
  }
  return report.conclusion.exitCode;
}

const ignore = () => undefined;

/** Judges the recordings; what came of it, and the lines that tell it. */
async function judge(
  { quiet, verbose = false, requireAll, failOn }: JudgeFlags,
  waivers: readonly Waiver[],
  options: CheckOptions,
) {
  const { checkTraffic, reportOf, reproduceCommand, staleText, staleWaivers } =
    await import("../../conformance/command.ts");
  const { startLine } = await import("./conform-lines.ts");
  const { summaryLines, verdictLines } = await import("./conform-summary.ts");
  const events: RunEvent[] = [];
  for await (const event of checkTraffic(options)) events.push(event);
  const started = events.find((event) => event.type === "runStarted")!;
  const finished = events.find((event) => event.type === "runFinished")!;
  const judged = events.filter((event) => event.type === "lawFinished");
  const stale = staleWaivers(waivers, judged, systemClock.now()).map(staleText);
  const report = reportOf(events, { requireAll, failOn: parseFailOn(failOn), stale })!;
  const commandOf = ({ law, outcome }: Judged) => reproduceCommand(law, { outcome, run: started });
  const room = createProgress(process.stdout, { ci: isPlain(process.env) }).room();
  const lines =
    quiet === true
      ? verdictLines(judged, report.conclusion)
      : [startLine(started), ...summaryLines(finished, judged, report.conclusion, { ...room, verbose, commandOf })];
  return { judged, report, lines };
}

/** Opens recordings, each at the moment at which it is read. */
function openSources(files: readonly string[]): readonly TrafficSource[] {
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined) throw configInvalid(`${twice} is named twice: its requests would count twice`);
  return files.map((file) => {
    if (file === "-") return { name: "standard input", bytes: process.stdin };
    assertReadable("the recording", file);
    return { name: file, bytes: readLater(file) };
  });
}

/** So many bytes are read at a time. */
const readBytes = 256 * 1024;

async function* readLater(file: string): AsyncGenerator<Uint8Array, void, void> {
  yield* createReadStream(file, { highWaterMark: readBytes });
}

function parseBaseUrl(text: string): string {
  if (/^https?:\/\/[^/\s]+/i.test(text) && URL.canParse(text)) return text;
  throw configInvalid(`--base-url ${JSON.stringify(text)}: write a URL of http or https`);
}

function parseHost(text: string): string {
  if (/^[a-z0-9.-]+(:\d{1,5})?$/i.test(text)) return text.toLowerCase();
  throw configInvalid(`--host ${JSON.stringify(text)}: write a host name, and a port behind a colon where it has one`);
}
