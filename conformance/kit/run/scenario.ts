import type { LawRun, Played, Scenario } from "../law/law-run.ts";
import type { Exchange } from "../law/exchange.ts";

/** A playing of a scenario, with what its readers share beside the record. */
type SharedPlay<Recorded> = Played<Recorded> & {
  readonly exchanges: readonly Exchange[]; // that a reader has to send as well, to see again what it saw
  readonly delayedMs: number;
};

/** Scenarios by their names, each with the laws that have read it. */
export type ScenarioStore = Map<
  string,
  {
    readonly keeps: Scenario<unknown>["keeps"];
    readonly play: Promise<SharedPlay<unknown>>;
    readonly readBy: Set<string>;
  }
>;

/**
 * What a law reads of a scenario: what is there already, or a new playing. One that failed is played again for the next
 * reader, unless it was tried often enough.
 */
export async function readScenario<Recorded>(
  store: ScenarioStore,
  { name, keeps, ageMsMax = Infinity }: Scenario<Recorded>,
  {
    reader,
    nowMs,
    play,
  }: {
    readonly reader: string; // the id of the law
    readonly nowMs: () => number; // by the target's clock
    readonly play: (again: boolean) => Promise<SharedPlay<Recorded>>;
  },
): Promise<SharedPlay<Recorded>> {
  const known = store.get(name);
  const isRead = keeps === "play" && known?.readBy.has(reader) === true;
  if (known !== undefined && !isRead) {
    const shared = (await known.play) as SharedPlay<Recorded>;
    if (nowMs() - shared.atMs <= ageMsMax) {
      known.readBy.add(reader);
      return shared;
    }
  }
  const own = play(isRead);
  if (isRead) return own;
  const entry = { keeps, play: own, readBy: new Set([reader]) };
  store.set(name, entry);
  const isFinal = keeps === "play" && ageMsMax === Infinity;
  if (!isFinal) own.catch(() => void (store.get(name) === entry && store.delete(name)));
  return own;
}

/**
 * Forgets the sandboxes that laws share for as long as the run lasts: some may be changed, or have to make room.
 *
 * @param kept - so many of the first ones stay
 */
export function forgetShared(store: ScenarioStore, kept = 0): void {
  const names = Array.from({ length: kept }, (_, index) => nameOf(index));
  for (const [name, { keeps }] of store) if (keeps === "run" && !names.includes(name)) store.delete(name);
}

/** The ids of the sandboxes that laws share. */
export async function sharedIds(store: ScenarioStore): Promise<readonly unknown[]> {
  const plays = [...store.values()].filter(({ keeps }) => keeps === "run").map(({ play }) => play);
  const settled = await Promise.allSettled(plays);
  return settled.flatMap((each) => (each.status === "fulfilled" ? [each.value.record] : []));
}

/** A sandbox that laws look at and leave as it is. */
export function sharedSandbox(index: number): Scenario<string> {
  const play = async (run: LawRun) => (await run.create(run.contract.create.body)).id;
  return { name: nameOf(index), creates: 1, keeps: "run", play };
}

function nameOf(index: number): string {
  return `shared sandbox ${index}`;
}
