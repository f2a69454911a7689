import type { components } from "../../generated/control/types.ts";
import type { Sleep } from "../../src/contract/clock.ts";
import type { World } from "../kit/world.ts";

type Schemas = components["schemas"];

/** What is watched, and how time passes meanwhile. */
export type WatchOptions = {
  /** The world as it is; undefined once it is deleted. It is another one after a reset. */
  readonly find: () => World | undefined;
  readonly view: (world: World) => Schemas["World"];
  readonly worlds: () => string[];
  readonly ports: () => Schemas["Tick"]["ports"];
  readonly sleep: Sleep;
};

const tickMs = 250;
const quietTicksMax = 20;
const entriesMax = 50;

/**
 * Watches a world, as text of server-sent events. It looks four times in a second, so that what is watched costs the same
 * however much is asked: nothing on the way of a request knows of it.
 */
export async function* watchWorld({ find, view, worlds, ports, sleep }: WatchOptions): AsyncGenerator<string> {
  let sent = ""; // the world as it was told, without its time
  let seen: number | undefined; // how many requests were told
  let told = { nowMs: 0, scale: 0 };
  let quiet = 0;
  for (;;) {
    const world = find();
    if (world === undefined) {
      yield "event: gone\ndata: {}\n\n";
      return;
    }
    const now = view(world);
    const state = JSON.stringify({ ...now, nowMs: 0, worlds: worlds() });
    // A clock that runs tells nothing new; one that was moved does.
    const expectedMs = told.nowMs + told.scale * tickMs * (quiet + 1);
    const isMoved = Math.abs(now.nowMs - expectedMs) > Math.max(1, told.scale) * tickMs * (quiet + 2);
    if (state === sent && !isMoved && quiet < quietTicksMax) {
      quiet += 1;
      yield ""; // the reader may have left
    } else {
      const from = seen === undefined || seen > now.requests ? 0 : seen;
      const { entries, skipped } = world.journal.since(from, entriesMax);
      const tick: Schemas["Tick"] = {
        ...{ world: now, worlds: worlds(), ports: ports(), entries: entries as Schemas["JournalEntry"][] },
        skipped: seen === undefined ? 0 : skipped,
      };
      yield `event: tick\ndata: ${JSON.stringify(tick)}\n\n`;
      sent = state;
      seen = now.requests;
      told = { nowMs: now.nowMs, scale: now.clockScale };
      quiet = 0;
    }
    await sleep(tickMs);
  }
}
