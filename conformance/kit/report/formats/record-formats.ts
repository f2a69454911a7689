import type { RecordingEntry, SentEntry } from "../../law/recording.ts";
import type { Exchange } from "../../law/exchange.ts";
import { reportExchange } from "../content/reported-exchange.ts";

/** The forms in which a recording can leave. */
export const recordFormats = ["har", "ndjson"] as const;
/** One of {@link recordFormats}. */
export type RecordFormat = (typeof recordFormats)[number];

/** How a file of exchanges is written: what stands before them, each of them, between two, and after the last. */
type RecordWriter = {
  readonly begin: string;
  readonly between: string;
  readonly end: string;
  /** Nothing for an entry that the form has no place for. */
  readonly format: (entry: RecordingEntry) => string | undefined;
};

/**
 * HTTP Archive 1.2, as browsers and proxies write it; and one JSON object for each exchange on a line of its own, whose file is
 * whole at any moment.
 *
 * @see http://www.softwareishard.com/blog/har-12-spec/
 */
export const recordWriters: Readonly<Record<RecordFormat, RecordWriter>> = {
  har: {
    begin: '{"log":{"version":"1.2","creator":{"name":"sandglass","version":"1"},"entries":[\n',
    between: ",\n",
    end: "\n]}}\n",
    format: (entry) => (entry.kind === "clock" ? undefined : JSON.stringify(harEntry(entry))),
  },
  ndjson: {
    begin: "",
    between: "\n",
    end: "\n",
    format: (entry) => JSON.stringify(lineOf(entry)),
  },
};

function lineOf(entry: RecordingEntry) {
  const { number, kind, aheadMs } = entry;
  if (entry.kind === "clock") return { number, kind, aheadMs, startedAtMs: entry.sentAtMs, movedMs: entry.movedMs };
  const { purpose, by, path } = entry;
  const context = { number, kind, purpose, by, path, aheadMs, ...reportExchange(exchangeIn(entry), Infinity) };
  return entry.kind === "lost" ? { ...context, response: null, reason: entry.reason } : context;
}

/** What is shown of a request that was answered otherwise than by a response: status 0 where no answer came. */
function exchangeIn(entry: SentEntry): Exchange {
  if (entry.kind === "exchange") return entry.exchange;
  const { operation, request, sentAtMs, answeredAtMs } = entry;
  const { status, body } =
    entry.kind === "socket" ? { status: entry.status, body: entry.echoed ?? "" } : { status: 0, body: "" };
  const response = { status, headers: {}, body, json: undefined };
  return { operation, request, response, startedAtMs: sentAtMs, durationMs: answeredAtMs - sentAtMs };
}

function harEntry(entry: SentEntry) {
  const { operation, request, response, startedAtMs, durationMs } = reportExchange(exchangeIn(entry), Infinity);
  const mimeType = response.headers["content-type"] ?? "";
  const body = request.body ?? undefined;
  const lost = entry.kind === "lost" ? `, lost: ${entry.reason}` : "";
  return {
    startedDateTime: new Date(startedAtMs).toISOString(),
    time: durationMs,
    request: {
      ...{ method: request.method, url: request.url, httpVersion: "HTTP/1.1", cookies: [] },
      headers: pairs(request.headers),
      queryString: pairs(new URL(request.url).searchParams),
      ...(body === undefined ? {} : { postData: { mimeType: request.headers["content-type"] ?? "", text: body } }),
      ...{ headersSize: -1, bodySize: body === undefined ? 0 : Buffer.byteLength(body) },
    },
    response: {
      ...{ status: response.status, statusText: "", httpVersion: "HTTP/1.1", cookies: [] },
      headers: pairs(response.headers),
      content: { size: Buffer.byteLength(response.body), mimeType, text: response.body },
      ...{ redirectURL: response.headers["location"] ?? "", headersSize: -1, bodySize: -1 },
    },
    cache: {},
    timings: { send: 0, wait: durationMs, receive: 0 },
    ...{ _number: entry.number, _aheadMs: entry.aheadMs }, // names with _ are for those who write an archive
    comment: `${entry.number}: ${operation}, for ${entry.purpose}, by ${entry.by}${lost}`,
  };
}

function pairs(values: Readonly<Record<string, string>> | URLSearchParams) {
  const entries = values instanceof URLSearchParams ? [...values] : Object.entries(values);
  return entries.map(([name, value]) => ({ name, value }));
}
