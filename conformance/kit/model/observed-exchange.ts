import type { Exchange } from "../law/exchange.ts";

/**
 * One exchange as an observer saw it. A judge asks for nothing: what is not known is left out, and makes it more lenient.
 */
export type ObservedExchange = {
  /** Its place in the order of sending. */
  readonly number: number;
  /**
   * The greatest number that had been sent when its answer came: exchanges with a greater one were sent after it was over.
   * Default: by the times.
   */
  readonly sentBefore?: number;
  /**
   * Whose valid credential it carried: a name that stands for one tenant, for an account or for a key of it. Undefined for no
   * credential, a made-up one, and for previews, which carry a token instead.
   */
  readonly actor: string | undefined;
  /** Whether it is known to carry no credential at all. Default: not known. */
  readonly isAnonymous?: boolean;
  /** An operationId, or "preview" for a request to what a sandbox shows of a port; anything else is in no contract. */
  readonly operation: string;
  /** The values in the path's template; of a preview its `id` and `port`. */
  readonly path: Readonly<Record<string, string>>;
  readonly request: Exchange["request"];
  /** Undefined where none came: what was asked for may have been done or not. */
  readonly response: Exchange["response"] | undefined;
  /** When it was sent and when its answer came, or was waited for no more: milliseconds since the Unix epoch, by the clock of the target. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
};

/** Whether nothing is known of what the target did: no answer came, or one that says that the target failed at it. */
export function isUncertain({ response }: ObservedExchange): boolean {
  return response === undefined || response.status >= 500;
}

/** Whether a status may be the word of what stands between: it redirects, wants to be paid, has a bound of its own, or puts a caller off. */
export function isByGateway(status: number): boolean {
  return (status >= 300 && status < 400) || [402, 413, 429].includes(status);
}

/** A clause that an exchange does not keep. */
export type ClauseBreach = {
  /** The id of the clause, which may be the id of a law. */
  readonly clause: string;
  /** What was seen and what the contract says instead, in one sentence. */
  readonly reason: string;
  readonly exchange: ObservedExchange;
  /** The sandbox, run or account that it is about. */
  readonly subject?: string;
};
