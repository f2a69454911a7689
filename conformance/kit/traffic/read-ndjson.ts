import { isObject } from "../law/schema.ts";
import type { JsonObject } from "../law/schema.ts";
import { parseJson } from "../law/exchange.ts";
import { readHarEntry } from "./har-entry.ts";
import type { TrafficEntry, TrafficSource } from "./traffic-entry.ts";
import type { Place } from "../law/law-outcome.ts";

/**
 * Reads a recording with an exchange on each line: what `--record ndjson=F` has written, or entries of an HTTP Archive, as
 * proxies write them that are still at work.
 */
export async function* readNdjson({ name: file, bytes }: TrafficSource): AsyncGenerator<TrafficEntry, void, void> {
  let entry = 0;
  for await (const { line, text } of linesOf(bytes)) {
    if (text?.trim() === "") continue;
    const place: Place = { file, line, entry: (entry += 1) };
    if (text === undefined) yield { place, kind: "broken", reason: `the line is longer than ${lineBytesMax} bytes` };
    else yield readLine(text, place);
  }
}

function readLine(text: string, place: Place): TrafficEntry {
  const value = parseJson(text);
  if (!isObject(value)) return { place, kind: "broken", reason: "the line is not a JSON object" };
  return "startedDateTime" in value ? readHarEntry(value, place) : readOwnEntry(value, place);
}

/** What `record-formats.ts` writes. */
function readOwnEntry(value: JsonObject, place: Place): TrafficEntry {
  const { request, response, startedAtMs, durationMs, movedMs, aheadMs, number } = value;
  if (typeof startedAtMs !== "number" || Number.isNaN(new Date(startedAtMs).getTime()))
    return { place, kind: "broken", reason: "it does not say when it was sent" };
  if (typeof movedMs === "number") return { place, kind: "moved", startedAtMs };
  const asHar = {
    ...{ startedDateTime: new Date(startedAtMs).toISOString(), time: durationMs, _number: number, _aheadMs: aheadMs },
    ...{ request: withPairs(request), response: withPairs(response) },
  };
  return readHarEntry(asHar, place);
}

/** A message of ours as the archive would have it. */
function withPairs(message: unknown): unknown {
  if (!isObject(message)) return message;
  const { headers, body, ...rest } = message;
  const pairs = Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => ({ name, value }));
  const text = typeof body === "string" ? { postData: { text: body }, content: { text: body } } : {};
  return { ...rest, headers: pairs, ...text };
}

/** The longest line that is read, in bytes: a recording must not fill the memory of the run that reads it. */
const lineBytesMax = 64 * 1024 * 1024;
const newline = 0x0a;

/** A line, or undefined instead of its text where it is too long. */
type Line = { readonly line: number; readonly text: string | undefined };

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Line, void, void> {
  let kept: Uint8Array[] = [];
  let length = 0;
  let line = 1;
  const keep = (part: Uint8Array) => {
    length += part.length;
    if (length > lineBytesMax) kept = [];
    else if (part.length > 0) kept.push(part);
  };
  const end = (): Line => {
    const text = length > lineBytesMax ? undefined : new TextDecoder().decode(Buffer.concat(kept));
    const ended = { line, text };
    [kept, length, line] = [[], 0, line + 1];
    return ended;
  };
  for await (const chunk of bytes) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      keep(chunk.subarray(from, at));
      yield end();
      from = at + 1;
    }
    keep(chunk.subarray(from));
  }
  if (length > 0) yield end();
}
