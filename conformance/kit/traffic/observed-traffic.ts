import type { RunContract } from "../law/contract.ts";
import type { Exchange } from "../target/exchange.ts";
import { createCallers } from "./callers.ts";
import { createCallFinder } from "./find-call.ts";
import type { Reach } from "./find-call.ts";
import { placeText } from "./traffic-entry.ts";
import type { Place, TrafficEntry } from "./traffic-entry.ts";
import { createCounter } from "./traffic-summary.ts";
import type { TrafficSummary } from "./traffic-summary.ts";

/** An exchange of a recording that is one with the API. */
export type ObservedCall = {
  readonly place: Place;
  /** Who sent it, told by the credential: "key 1", "anonymous", "unknown". */
  readonly caller: string;
  /** The values in the path's template; of a preview its `id` and `port`. */
  readonly path: Readonly<Record<string, string>>;
  readonly exchange: Exchange;
  readonly isRequestWhole: boolean;
  readonly isAnswerWhole: boolean;
};

/** Picks from a recording what is about the API, and counts the rest. */
export type TrafficObserver = {
  readonly observe: (entry: TrafficEntry) => ObservedCall | undefined;
  readonly summary: (files: readonly string[]) => TrafficSummary;
};

/** Creates an observer that has seen nothing. */
export function createTrafficObserver(contract: RunContract, reach: Reach): TrafficObserver {
  const finder = createCallFinder(contract, reach);
  const callers = createCallers(contract);
  const counts = { entries: 0, judged: 0, unanswered: 0, bodiesMissing: 0, cached: 0 };
  const broken = createCounter();
  const elsewhere = createCounter();
  const unknown = createCounter();
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
      if (kind === "unanswered") counts.unanswered += 1;
      if (kind === "unanswered") return undefined;
      if (isOfCache(entry)) {
        counts.cached += 1;
        return undefined;
      }
      counts.judged += 1;
      const { isRequestWhole, isAnswerWhole, request, response, startedAtMs, durationMs } = entry;
      if (!isRequestWhole || !isAnswerWhole) counts.bodiesMissing += 1;
      const exchange = { operation: found.operation, request, response, startedAtMs, durationMs };
      return { place, caller: callers.of(request.headers), path: found.path, exchange, isRequestWhole, isAnswerWhole };
    },
    summary: (files) => ({
      ...{ files, origins: finder.origins(), isGuessed: finder.isGuessed, callers: callers.count(), ...counts },
      ...{ broken: broken.total(), elsewhere: elsewhere.total(), unknown: unknown.total() },
    }),
  };
}

/** A cache on the way answers 304 to a request that asked for nothing but news. */
function isOfCache({ request: { headers }, response: { status } }: Pick<Exchange, "request" | "response">): boolean {
  return status === 304 && (headers["if-none-match"] ?? headers["if-modified-since"]) !== undefined;
}
