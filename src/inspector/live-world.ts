import { useEffect, useReducer } from "preact/hooks";
import { elapsedMs, pause } from "./browser-time.ts";
import { Refusal, type Schemas, watch } from "./control-api.ts";

/** A world as it is followed. */
export type LiveWorld = {
  readonly status: "connecting" | "live" | "lost" | "locked" | "gone";
  readonly tick: Schemas["Tick"] | undefined; // the last one
  readonly tickAtMs: number; // when it came, by the browser
  readonly entries: readonly Schemas["JournalEntry"][]; // the newest requests, oldest first
  readonly skipped: number; // requests that were not told, all together
  readonly perSecond: number;
};

/** How many requests are kept for the list. */
export const entriesMax = 1_000;

const nothing: LiveWorld = {
  status: "connecting",
  tick: undefined,
  tickAtMs: 0,
  entries: [],
  skipped: 0,
  perSecond: 0,
};

type Action = { readonly tick: Schemas["Tick"] } | { readonly status: LiveWorld["status"] };

function next(live: LiveWorld, action: Action): LiveWorld {
  if ("status" in action) return action.status === "connecting" ? nothing : { ...live, status: action.status };
  const { tick } = action;
  const atMs = elapsedMs();
  const before = live.tick?.world.requests ?? tick.world.requests;
  const isAnew = tick.world.requests < before; // it was reset
  const entries = isAnew ? tick.entries : [...live.entries, ...tick.entries];
  const seconds = Math.max(0.25, (atMs - live.tickAtMs) / 1000);
  return {
    status: "live",
    tick,
    tickAtMs: atMs,
    entries: entries.slice(-entriesMax),
    skipped: isAnew ? tick.skipped : live.skipped + tick.skipped,
    perSecond: isAnew ? 0 : (tick.world.requests - before) / seconds,
  };
}

/** Follows a world for as long as the page shows it, and again once the mock is back. `attempt` starts it anew. */
export function useLiveWorld(world: string, attempt: number): LiveWorld {
  const [live, dispatch] = useReducer(next, nothing);
  useEffect(() => {
    const left = new AbortController();
    dispatch({ status: "connecting" });
    void follow(world, dispatch, left.signal);
    return () => left.abort();
  }, [world, attempt]);
  return live;
}

async function follow(world: string, dispatch: (action: Action) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      let isGone = false;
      const onEvent = (name: string, data: unknown) => {
        if (name === "tick") dispatch({ tick: data as Schemas["Tick"] });
        else isGone = true;
      };
      await watch(`/worlds/${world}/events`, onEvent, signal);
      if (isGone) return dispatch({ status: "gone" });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal) return dispatch({ status: error.status === 403 ? "locked" : "gone" });
    }
    dispatch({ status: "lost" });
    await pause(1_000);
  }
}

/** The world's time now, as far as the browser can tell between two ticks. */
export function worldNowMs({ tick, tickAtMs }: LiveWorld): number {
  return tick === undefined ? 0 : tick.world.nowMs + (elapsedMs() - tickAtMs) * tick.world.clockScale;
}
