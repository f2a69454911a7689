import { JSONParser, TokenType } from "@streamparser/json";
import { readHarEntry } from "./har-entry.ts";
import type { TrafficEntry, TrafficSource } from "./traffic-entry.ts";
import type { Place } from "../law/law-outcome.ts";

/** Reads an HTTP Archive entry by entry, so that no more than one of them is held at a time. */
export async function* readHar({ name: file, bytes }: TrafficSource): AsyncGenerator<TrafficEntry, void, void> {
  const parser = new JSONParser({ paths: ["$.log.entries.*"], keepStack: false });
  const lines = createLineCounter();
  let depth = 0;
  let entry = 0;
  let read: TrafficEntry[] = [];
  let failure: Error | undefined;
  const here = (): Place => ({ file, line: lines.marked(), entry: (entry += 1) });
  parser.onToken = ({ token, offset }) => {
    if (token === TokenType.LEFT_BRACE && depth === entryDepth) lines.mark(offset);
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) depth += 1;
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) depth -= 1;
  };
  parser.onValue = ({ value }) => void read.push(readHarEntry(value, here()));
  parser.onError = (error) => void (failure ??= error);
  for await (const chunk of bytes) {
    lines.enter(chunk);
    parser.write(chunk);
    yield* read;
    read = [];
    if (failure !== undefined || parser.isEnded) break;
  }
  // A browser that was ended while it wrote leaves half an archive: what stands before counts.
  if (failure === undefined && parser.isEnded) return;
  const reason =
    failure === undefined ? "the file ends in the middle" : `the file is no JSON from here on: ${failure.message}`;
  yield { place: here(), kind: "broken", reason };
}

/** `{"log":{"entries":[{`: so many brackets are open in front of an entry. */
const entryDepth = 3;

/** Finds the line of an offset, in bytes, of the chunk that was entered last. */
function createLineCounter() {
  let chunk: Uint8Array = new Uint8Array();
  let before = 0; // bytes before the chunk
  let at = 0; // up to where lines are counted, in the chunk
  let line = 1;
  let marked = 1;
  const countTo = (end: number) => {
    for (let next = chunk.indexOf(newline, at); next !== -1 && next < end; next = chunk.indexOf(newline, at)) {
      line += 1;
      at = next + 1;
    }
    at = Math.max(at, end);
  };
  return {
    enter: (next: Uint8Array) => {
      countTo(chunk.length);
      before += chunk.length;
      [chunk, at] = [next, 0];
    },
    mark: (offset: number) => {
      countTo(offset - before);
      marked = line;
    },
    marked: () => marked,
  };
}

const newline = 0x0a;
