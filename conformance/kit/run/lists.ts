import type { RunContract } from "../law/contract.ts";
import type { Recording, RecordingEntry, SentEntry } from "../law/recording.ts";
import type { TimeKeeper } from "../target/time.ts";

/** How far a list may lag behind what it lists, in milliseconds: a server may keep it elsewhere. */
export const listsLagMsMax = 2_000;

/** What a run knows of its target's lists. */
type Lists = {
  readonly isList: (operation: string | undefined) => boolean;
  /** Before a list is asked for: where lists settle, lets time pass until it may show the last change. */
  readonly settle: (operation: string) => Promise<void>;
  /** Does something while lists settle. */
  readonly settling: <Value>(act: () => Promise<Value>) => Promise<Value>;
  /** What a list showed was wrong, and right later: they settle from now on. */
  readonly noteLag: () => void;
  /** How far they lag behind, as far as is known by now, in milliseconds. */
  readonly lagMs: () => number;
};

/** Takes lists for up to date, until one is seen to lag. */
export function createLists({
  contract: { list },
  recording: { entries },
  time,
}: {
  readonly contract: Pick<RunContract, "list">;
  readonly recording: Recording;
  readonly time: TimeKeeper;
}): Lists {
  const operations = [list.operation, ...(list.others ?? [])];
  let isLagging = false;
  let settles = false;
  const isList = (operation: string | undefined) => operation !== undefined && operations.includes(operation);
  return {
    isList,
    settle: async (operation) => {
      if (!settles || !isList(operation) || !time.canPass(listsLagMsMax)) return;
      const last = entries.findLast(isChange);
      if (last !== undefined) await time.pass(last.answeredAtMs + last.aheadMs + listsLagMsMax - time.now());
    },
    settling: async (act) => {
      settles = true;
      return act().finally(() => (settles = isLagging));
    },
    noteLag: () => {
      isLagging = true;
      settles = true;
    },
    lagMs: () => (isLagging ? listsLagMsMax : 0),
  };
}

/** A request that is over and may have changed something: one to a preview may have woken a sandbox. */
function isChange(entry: RecordingEntry): entry is SentEntry {
  if (entry.kind === "clock" || entry.answeredAtMs === Infinity) return false;
  return entry.operation === "preview" || entry.request.method !== "GET";
}
