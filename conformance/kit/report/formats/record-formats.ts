import type { RecordedExchange } from "../../run/recording.ts";
import { reportExchange } from "../model/reported-exchange.ts";

/** The forms in which a recording can leave. */
export const recordFormats = ["har", "ndjson"] as const;
/** One of {@link recordFormats}. */
export type RecordFormat = (typeof recordFormats)[number];

/** How a file of exchanges is written: what stands before them, each of them, between two, and after the last. */
export type RecordWriter = {
  readonly begin: string;
  readonly between: string;
  readonly end: string;
  readonly format: (recorded: RecordedExchange) => string;
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
    format: (recorded) => JSON.stringify(harEntry(recorded)),
  },
  ndjson: {
    begin: "",
    between: "\n",
    end: "\n",
    format: ({ exchange, ...context }) => JSON.stringify({ ...context, ...reportExchange(exchange) }),
  },
};

function harEntry({ number, purpose, by, exchange }: RecordedExchange) {
  const { operation, request, response, startedAtMs, durationMs } = reportExchange(exchange);
  const mimeType = response.headers["content-type"] ?? "";
  const body = request.body ?? undefined;
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
    comment: `${number}: ${operation}, for ${purpose}, by ${by}`,
  };
}

function pairs(values: Readonly<Record<string, string>> | URLSearchParams) {
  const entries = values instanceof URLSearchParams ? [...values] : Object.entries(values);
  return entries.map(([name, value]) => ({ name, value }));
}
