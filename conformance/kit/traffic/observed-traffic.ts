import type { RunContract } from "../law/contract.ts";
import type { Exchange } from "../law/exchange.ts";
import { createSkewMeter, measureSkew, skewOf } from "../target/skew.ts";
import { createCallers } from "./callers.ts";
import { createCallFinder } from "./find-call.ts";
import type { Reach } from "./find-call.ts";
import { placeText } from "./traffic-entry.ts";
import type { TrafficEntry } from "./traffic-entry.ts";
import type { Place } from "../law/law-outcome.ts";
import { createCounter } from "./counter.ts";
import type { TrafficSummary } from "../run/event.ts";

/** An exchange of a recording that is one with the API. */
export type ObservedCall = {
  readonly place: Place;
  /** Who sent it, told by the credential: "key 1", "anonymous", "unknown". */
  readonly caller: string;
  readonly operation: string; // operationId, or "preview"
  /** The values in the path's template; of a preview its `id` and `port`. */
  readonly path: Readonly<Record<string, string>>;
  readonly request: Exchange["request"];
  /** Absent where no answer came. */
  readonly exchange?: Exchange;
  /** By the target's clock, as well as it is known: milliseconds since the Unix epoch. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly isRequestWhole: boolean;
  readonly isAnswerWhole: boolean;
};

/** Picks from a recording what is about the API, and counts the rest. */
type TrafficObserver = {
  readonly observe: (entry: TrafficEntry) => ObservedCall | undefined;
  readonly summary: (files: readonly string[], keysApart?: boolean) => TrafficSummary;
};

/** Creates an observer that has seen nothing. */
export function createTrafficObserver(contract: RunContract, reach: Reach): TrafficObserver {
  const finder = createCallFinder(contract, reach);
  const callers = createCallers(contract);
  const counts = { entries: 0, judged: 0, unanswered: 0, bodiesMissing: 0, cached: 0 };
  const broken = createCounter();
  const elsewhere = createCounter();
  const unknown = createCounter();
  const skew = createSkewMeter();
  return {
    observe: (entry) => {
      const { place, kind } = entry;
      counts.entries += 1;
      if (kind === "broken") {
        broken.add(`${placeText(place)}: ${entry.reason}`);
        return undefined;
      }
      if (kind === "moved") return undefined;
      const found = finder.find(entry.request);
      if (found.kind === "elsewhere") elsewhere.add(found.host);
      if (found.kind === "unknown") unknown.add(found.what);
      if (found.kind !== "call") return undefined;
      const { request, startedAtMs } = entry;
      const { operation, path } = found;
      const call = { place, caller: callers.of(request.headers), operation, path, request };
      if (kind === "unanswered") {
        counts.unanswered += 1;
        const sentAtMs = startedAtMs + skewOf(skew);
        return { ...call, sentAtMs, answeredAtMs: sentAtMs, isRequestWhole: true, isAnswerWhole: true };
      }
      if (isOfCache(entry)) {
        counts.cached += 1;
        return undefined;
      }
      counts.judged += 1;
      const { isRequestWhole, isAnswerWhole, response, durationMs } = entry;
      if (!isRequestWhole || !isAnswerWhole) counts.bodiesMissing += 1;
      const exchange = { operation, request, response, startedAtMs, durationMs };
      if (entry.aheadMs === undefined) measureSkew(skew, exchange);
      const sentAtMs = startedAtMs + (entry.aheadMs ?? skewOf(skew));
      return { ...call, exchange, sentAtMs, answeredAtMs: sentAtMs + durationMs, isRequestWhole, isAnswerWhole };
    },
    summary: (files, keysApart = false) => ({
      keysApart: keysApart || callers.areMasked(),
      ...{ files, origins: finder.origins(), isGuessed: finder.isGuessed, callers: callers.count(), ...counts },
      ...{ broken: broken.total(), elsewhere: elsewhere.total(), unknown: unknown.total() },
    }),
  };
}

/** A cache on the way answers 304 to a request that asked for nothing but news. */
function isOfCache({ request: { headers }, response: { status } }: Pick<Exchange, "request" | "response">): boolean {
  return status === 304 && (headers["if-none-match"] ?? headers["if-modified-since"]) !== undefined;
}
