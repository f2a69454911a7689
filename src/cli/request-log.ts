import { styleText } from "node:util";
import type { AnsweredRequest, OnRequest, SandboxLife, TimedState } from "../../mocks/index.ts";

/** How requests are told: lines for people, or a JSON document in each line. */
export const logFormats = ["pretty", "json"] as const;
/** One of {@link logFormats}. */
export type LogFormat = (typeof logFormats)[number];

/** What a log needs of the mock, and where it goes. */
type RequestLogOptions = {
  readonly format: LogFormat;
  readonly formatRequest: (request: AnsweredRequest, columns: number) => string;
  readonly formatClock: (ms: number) => string;
  readonly findLife: (world: string, sandbox: string) => Promise<SandboxLife | undefined>;
  readonly stream: NodeJS.WritableStream & { readonly columns?: number; readonly isTTY?: boolean };
};

/** A change that time brought to a sandbox, as it is seen by a request. */
type Change = TimedState & { readonly sandbox: string; readonly world: string; readonly seenAtMs: number };

/** The most sandboxes whose last state is kept, so that a change is told once. */
const knownMax = 10_000;

/**
 * Creates a log of requests: a line for each, and one for each state that time has brought to a sandbox that the request
 * names. Lines of one turn are written at once; when the reader has gone, nothing is.
 */
export function createRequestLog(options: RequestLogOptions): OnRequest {
  const { format, findLife, stream } = options;
  const known = new Map<string, string>(); // the last state of each sandbox, by world and id
  let lines: string[] = [];
  let isGone = false;
  stream.on("error", () => (isGone = true)); // the reader of a pipe has gone: the mock goes on
  const flush = () => {
    if (!isGone) stream.write(lines.join(""));
    lines = [];
  };
  const write = (line: string) => {
    if (lines.push(`${line}\n`) === 1) setImmediate(flush);
  };
  const note = async ({ world, atMs }: AnsweredRequest, sandbox: string): Promise<void> => {
    const life = await findLife(world, sandbox);
    if (life === undefined) return;
    const key = `${world} ${sandbox}`;
    const before = known.get(key);
    known.delete(key); // what was seen last stays longest
    known.set(key, life.state);
    if (known.size > knownMax) known.delete(known.keys().next().value!);
    const change = life.timed.findLast(({ state, fromMs }) => state === life.state && fromMs <= atMs);
    if (before === undefined || before === life.state || change === undefined) return;
    write(describeChange({ ...change, sandbox, world, seenAtMs: atMs }, options));
  };
  return (request) => {
    write(format === "json" ? jsonLine(request) : prettyLine(request, options));
    for (const sandbox of request.sandboxes) void note(request, sandbox);
  };
}

function jsonLine({ sandboxes: _sandboxes, atMs, durationMs, ...request }: AnsweredRequest): string {
  return JSON.stringify({ at: new Date(atMs).toISOString(), ...request, ms: durationMs });
}

function describeChange(
  { sandbox, world, state, fromMs, rule, seenAtMs }: Change,
  { format, formatClock, stream }: RequestLogOptions,
): string {
  if (format === "json") {
    return JSON.stringify({ at: new Date(fromMs).toISOString(), world, sandbox, state, rule });
  }
  const ago = ((seenAtMs - fromMs) / 1000).toFixed(1);
  return color(`${formatClock(seenAtMs)}  ${sandbox} has been ${state} for ${ago} s: ${rule}`, "cyan", stream);
}

/** The last column stays free: a terminal may go to the next line when it is filled. */
function columnsOf({ isTTY, columns = 0 }: RequestLogOptions["stream"]): number {
  return isTTY === true && columns > 1 ? columns - 1 : Infinity;
}

function prettyLine(request: AnsweredRequest, { formatRequest, stream }: RequestLogOptions): string {
  const text = formatRequest(request, columnsOf(stream));
  return request.status < 400 ? text : color(text, request.status < 500 ? "yellow" : "red", stream);
}

function color(text: string, name: "cyan" | "yellow" | "red", stream: NodeJS.WritableStream): string {
  return styleText(name, text, { stream });
}
