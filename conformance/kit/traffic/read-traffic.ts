import { readHar } from "./read-har.ts";
import { readNdjson } from "./read-ndjson.ts";
import type { TrafficEntry, TrafficSource } from "./traffic-entry.ts";

/**
 * Reads recordings as one, in the order in which requests were sent, however they are spread over files. An HTTP Archive is
 * known by how it begins; all else is read line by line. No more than a few hundred entries of each file are held at a time.
 */
export async function* readTraffic(sources: readonly TrafficSource[]): AsyncGenerator<TrafficEntry, void, void> {
  const readers = sources.map(readOne);
  const heads = await Promise.all(readers.map((reader) => reader.next()));
  for (;;) {
    let first: number | undefined;
    for (const [index, head] of heads.entries()) {
      if (head.done === true) continue;
      if (first === undefined || sentAt(head.value) < sentAt(heads[first]!.value as TrafficEntry)) first = index;
    }
    if (first === undefined) return;
    yield heads[first]!.value as TrafficEntry;
    heads[first] = await readers[first]!.next();
  }
}

/** What cannot be read holds nothing up. */
function sentAt(entry: TrafficEntry): number {
  return entry.kind === "broken" ? -Infinity : entry.startedAtMs;
}

async function* readOne({ name, bytes }: TrafficSource): AsyncGenerator<TrafficEntry, void, void> {
  const { head, all } = await begin(bytes);
  const read = /^\uFEFF?\s*\{\s*"log"\s*:/.test(head) ? readHar : readNdjson;
  yield* inOrderOfSending(read({ name, bytes: all }));
}

/** So many entries of a file are held to put them into the order of sending: recorders write them when they are answered. */
const heldMax = 256;

async function* inOrderOfSending(
  entries: AsyncGenerator<TrafficEntry, void, void>,
): AsyncGenerator<TrafficEntry, void, void> {
  const held: TrafficEntry[] = [];
  for await (const entry of entries) {
    // From the end, since most are in order already.
    let at = held.length;
    while (at > 0 && isBefore(entry, held[at - 1]!)) at -= 1;
    held.splice(at, 0, entry);
    if (held.length > heldMax) yield held.shift()!;
  }
  yield* held;
}

function isBefore(one: TrafficEntry, other: TrafficEntry): boolean {
  if (one.kind === "broken" || other.kind === "broken") return false;
  if (one.number !== undefined && other.number !== undefined) return one.number < other.number;
  return one.startedAtMs < other.startedAtMs;
}

/** So many bytes are looked at to tell what a file is. */
const headBytes = 4_096;

async function begin(bytes: AsyncIterable<Uint8Array>) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const iterator = bytes[Symbol.asyncIterator]();
  let next = await iterator.next();
  for (; next.done !== true && length < headBytes; next = await iterator.next()) {
    chunks.push(next.value);
    length += next.value.length;
  }
  const head = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, headBytes));
  const all = async function* (): AsyncGenerator<Uint8Array, void, void> {
    yield* chunks;
    for (; next.done !== true; next = await iterator.next()) yield next.value;
  };
  return { head, all: all() };
}
