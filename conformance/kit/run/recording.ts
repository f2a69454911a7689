import { causeText } from "../target/cause-text.ts";
import type { RecordingEntry, OpenRecording, Placed } from "../law/recording.ts";

/**
 * Creates an empty recording.
 *
 * @param settled - sees each entry once it is known what came of it
 */
export function createRecording({
  now,
  aheadMs = () => 0,
  settled = () => undefined,
  charactersMax = 64 * 1024 * 1024,
}: {
  readonly now: () => number;
  readonly aheadMs?: () => number;
  readonly settled?: (entry: RecordingEntry) => void;
  /** So many characters of requests and answers are kept. Default 64 Mi. */
  readonly charactersMax?: number;
}): OpenRecording {
  const entries: RecordingEntry[] = [];
  let characters = 0;
  let count = 0;
  let requests = 0;
  const place = (open: (placed: Placed) => RecordingEntry) => {
    const placed = { number: (count += 1), sentAtMs: now(), answeredAtMs: Infinity, aheadMs: aheadMs() };
    const isKept = characters < charactersMax && entries.length === count - 1;
    if (isKept) entries.push(open(placed));
    return (closed: (placed: Placed) => RecordingEntry) => {
      const entry = closed({ ...placed, answeredAtMs: now(), sentBefore: count });
      characters += charactersIn(entry);
      if (isKept) entries[placed.number - 1] = entry;
      settled(entry);
    };
  };
  return {
    entries,
    get unkept() {
      return count - entries.length;
    },
    get requests() {
      return requests;
    },
    sending: async (sent, send, came) => {
      requests += 1;
      const close = place((placed) => ({ ...placed, ...sent, kind: "lost", reason: "it is under way" }));
      try {
        const answer = await send();
        close((placed) => ({ ...placed, ...sent, ...came(answer) }));
        return answer;
      } catch (error) {
        close((placed) => ({ ...placed, ...sent, kind: "lost", reason: causeText(error) }));
        throw error;
      }
    },
    moving: async (movedMs, move) => {
      const close = place((placed) => ({ ...placed, kind: "clock", movedMs }));
      try {
        await move();
      } finally {
        close((placed) => ({ ...placed, kind: "clock", movedMs }));
      }
    },
  };
}

function charactersIn(entry: RecordingEntry): number {
  if (entry.kind === "clock") return 0;
  const { url, body = "" } = entry.request;
  const answer = entry.kind === "exchange" ? entry.exchange.response.body.length : 0;
  return url.length + body.length + answer;
}
