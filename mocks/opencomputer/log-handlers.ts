import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Handler, Outcome } from "../kit/exchange.ts";
import { formatTime, refuse, refuseUnknown } from "./answers.ts";
import { linesOf, type PrintedLine } from "./logs.ts";
import { findSandbox, type OpenComputerParts } from "./parts.ts";

/** What of a log is asked for. */
type LogQuery = {
  readonly fits: (line: PrintedLine) => boolean;
  readonly limit: number;
};

const limitDefault = 1_000;
const limitMax = 10_000;
const sources: readonly string[] = ["var_log", "exec_stdout", "exec_stderr", "agent"];

/** Gives what there is so far, and ends there. */
export const readSandboxLogs: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findSandbox(call, parts);
  if (found === undefined) return refuseUnknown();
  const query = readQuery(call);
  if ("refusal" in query) return query.refusal;
  const { fits, limit } = query.value;
  const { id } = found.record;
  const lines = linesOf(call.world, id).filter(fits).slice(0, limit);
  const text = lines.map((line) => `data: ${JSON.stringify(viewLine(line, id))}\n\n`).join("");
  return { status: 200, headers: { "content-type": "text/event-stream", "cache-control": "no-cache" }, text };
};

function readQuery({ request }: Call): Outcome<LogQuery> {
  const [tail, since, until, q, source, limit] = ["tail", "since", "until", "q", "source", "limit"].map((name) =>
    request.query(name),
  );
  if (tail && !/^(?:1|t|true|0|f|false)$/i.test(tail)) return refuseQuery("tail must be true or false");
  if (since && !isTime(since)) return refuseQuery("since must be RFC3339");
  if (until && !isTime(until)) return refuseQuery("until must be RFC3339");
  if (limit && !/^0*[1-9]\d*$/.test(limit)) return refuseQuery("limit must be a positive integer");
  if (q && /[\r\n\0]/.test(q)) return refuseQuery("q must not contain control characters");
  const chosen = (source ?? "").split(",").flatMap((each) => each.trim() || []);
  const other = chosen.find((each) => !sources.includes(each));
  if (other !== undefined) return refuseQuery(`source "${other}" not allowed`);
  const fromMs = since ? Date.parse(since) : -Infinity;
  const toMs = until ? Date.parse(until) : Infinity;
  const fits = ({ atMs, line, source: from }: PrintedLine) =>
    atMs >= fromMs && atMs <= toMs && (!q || line.includes(q)) && (chosen.length === 0 || chosen.includes(from));
  return { value: { fits, limit: limit ? Math.min(Number(limit), limitMax) : limitDefault } };
}

const isTime = (text: string) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));

function refuseQuery(error: string): { readonly refusal: Answer } {
  return { refusal: refuse(400, error, { rule: "log-query", message: error }) };
}

function viewLine({ atMs, source, line, command, argv }: PrintedLine, id: string): components["schemas"]["LogLine"] {
  return { _time: formatTime(atMs), source, line, sandbox_id: id, command, argv: [...argv] };
}
