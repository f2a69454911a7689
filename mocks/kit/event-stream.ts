import type { Answer } from "./exchange.ts";

/** One event of a stream, before its data is written as JSON. */
export type ServerSentEvent = { readonly name: string; readonly data: unknown };

/**
 * Turns an answer that has events into the stream of them: its JSON is the last one, a `result`, or an `error` where the
 * status is one. The status line was sent before anything went wrong, so it is always 200. An answer without events, or
 * whose JSON a fault has taken, stays as it is.
 */
export function writeStream(answer: Answer): Answer {
  const { events } = answer;
  if (events === undefined) return answer;
  const { json, status, events: _events, ...rest } = answer;
  if (json === undefined) return { status, ...rest };
  const last = { name: status < 400 ? "result" : "error", data: json };
  const text = [...events, last].map(({ name, data }) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join("");
  return { ...rest, status: 200, text, headers: { ...streamHeaders, ...answer.headers } };
}

const streamHeaders = { "content-type": "text/event-stream", "cache-control": "no-cache" };
