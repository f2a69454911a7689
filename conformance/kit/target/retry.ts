import type { Clock, Sleep } from "../../../src/contract/clock.ts";
import { parseRetryAfter } from "../../../src/contract/retry-after.ts";
import { answerText } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import { TransientFailure, sleepInRun } from "../law/unjudged.ts";

/** How often one request is sent at most. */
export const sendsMax = 3;
/** The longest wait before a request is sent again, in milliseconds; a longer `Retry-After` is not waited for. */
export const waitMsMax = 60_000;
/** How long to wait, in milliseconds, before the second attempt and before the third, where the target does not say. */
const backoffMs = [500, 2_000] as const;
/** All waits of cleaning up together, which no budget bounds, in milliseconds. */
const cleaningWaitMsMax = 120_000;

/** How often a run had to ask again, and why. */
export type Retries = {
  readonly times: number;
  readonly waitedMs: number;
  /** Counts by what made it ask again: a status, or "no answer". */
  readonly after: Readonly<Record<string, number>>;
};

/** A request, as far as it matters for sending it again. */
export type RetriableRequest = {
  readonly ask: () => Promise<Exchange>;
  /** Whether it may be sent again though it is not known whether the target has done it. */
  readonly isRepeatable: boolean;
  /** Statuses with which a target answers only since it has done the same before. */
  readonly onceDone?: readonly number[];
  /** Whether an answer that says "not now" is what the question is about, or waiting would not change it. */
  readonly isFinal?: (exchange: Exchange) => boolean;
  readonly cleaning?: boolean;
};

type Retrier = {
  /**
   * Sends a request, and sends it again after a transient failure.
   *
   * @throws {@link TransientFailure} when no answer comes, or it cannot be told of which attempt the answer speaks
   * @throws {@link Unjudged} `interrupted` when the run is told to stop meanwhile
   */
  readonly ask: (question: RetriableRequest) => Promise<Exchange>;
  /** Waits before a request that is not sent again, as far as the run may wait; tells for how long it did. */
  readonly hold: (ms: number) => Promise<number>;
  /** Waits while another request does that was told to come back later; tells for how long it did. */
  readonly pause: () => Promise<number>;
  readonly total: () => Retries;
};

export type RetrierOptions = {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** All waits together, cleaning up apart, in milliseconds. */
  readonly waitsMsMax: number;
  /** Milliseconds that the run has left. */
  readonly leftMs: () => number;
  readonly signal?: AbortSignal | undefined;
};

/** What came of one attempt. */
type Attempt = Exchange | TransientFailure;

/** Answers that say "not now". */
const refusedForNow: readonly number[] = [429, 503];
/** Answers of a proxy on the way, which does not know what was done. */
const lost: readonly number[] = [502, 504];

/** Whether an answer leaves open what the target has done. */
function isLost({ response }: Exchange): boolean {
  return lost.includes(response.status);
}

/** How long to send no more of a kind after an answer that says "not now", in milliseconds; 0 after any other. */
export function holdMsAfter(exchange: Exchange, nowMs: number): number {
  if (!refusedForNow.includes(exchange.response.status)) return 0;
  return retryAfterMs(exchange, nowMs) ?? backoffMs[0];
}

/** Creates the retrier of one run: the one place where requests are sent again. */
export function createRetrier(options: RetrierOptions): Retrier {
  const { sleep, signal } = options;
  const waited = { usual: 0, cleaning: 0 };
  const after: Record<string, number> = {};
  const mayWait = (ms: number, cleaning: boolean) => {
    if (ms > waitMsMax) return false;
    if (cleaning) return waited.cleaning + ms <= cleaningWaitMsMax;
    return waited.usual + ms <= options.waitsMsMax && ms < options.leftMs();
  };
  const wait = async (ms: number, cleaning: boolean) => {
    waited[cleaning ? "cleaning" : "usual"] += ms;
    await sleepInRun(sleep, ms, cleaning ? undefined : signal);
  };
  let pausedUntilMs = -Infinity;
  const pause = async () => {
    const ms = pausedUntilMs - options.clock.now();
    if (ms <= 0) return 0;
    await sleepInRun(sleep, ms, signal);
    return ms;
  };
  /** What "not now" is said to holds for all that would be sent meanwhile. */
  const waitForAll = async (ms: number) => {
    const untilMs = options.clock.now() + ms;
    pausedUntilMs = Math.max(pausedUntilMs, untilMs);
    await wait(ms, false);
    if (pausedUntilMs === untilMs) pausedUntilMs = -Infinity;
  };
  return {
    pause,
    ask: async (question) => {
      const { cleaning = false } = question;
      let delayedMs = 0;
      let wasLost = false;
      for (let attempt = 1; ; attempt += 1) {
        if (!cleaning) delayedMs += await pause();
        const seen = await sendOnce(question);
        const reason = reasonToRetry(seen, question);
        const ms = waitMsAfter(seen, { attempt, nowMs: options.clock.now() });
        if (reason === undefined || attempt === sendsMax || !mayWait(ms, cleaning)) {
          return settled(seen, question, { delayedMs, wasLost });
        }
        after[reason] = (after[reason] ?? 0) + 1;
        wasLost ||= seen instanceof TransientFailure || isLost(seen);
        delayedMs += ms;
        const isForAll = !cleaning && !(seen instanceof TransientFailure) && holdMsAfter(seen, options.clock.now()) > 0;
        await (isForAll ? waitForAll(ms) : wait(ms, cleaning));
      }
    },
    hold: async (ms) => {
      if (ms <= 0 || !mayWait(ms, false)) return 0;
      await wait(ms, false);
      return ms;
    },
    total: () => ({
      times: Object.values(after).reduce((sum, times) => sum + times, 0),
      waitedMs: waited.usual + waited.cleaning,
      after: { ...after },
    }),
  };
}

async function sendOnce({ ask }: RetriableRequest): Promise<Attempt> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof TransientFailure) return error;
    throw error;
  }
}

/** Why to send a request again; undefined where its answer stands. A time-out is no reason: it took long enough. */
function reasonToRetry(seen: Attempt, { isRepeatable, isFinal }: RetriableRequest): string | undefined {
  if (seen instanceof TransientFailure) return isRepeatable && seen.mayPass ? "no answer" : undefined;
  const { status } = seen.response;
  const isReason = refusedForNow.includes(status) || (lost.includes(status) && isRepeatable);
  return isReason && isFinal?.(seen) !== true ? String(status) : undefined;
}

/** Milliseconds until the next attempt: as the target says, or a little longer each time. */
function waitMsAfter(seen: Attempt, { attempt, nowMs }: { readonly attempt: number; readonly nowMs: number }): number {
  const asked = seen instanceof TransientFailure ? undefined : retryAfterMs(seen, nowMs);
  return asked ?? backoffMs[attempt - 1] ?? 0;
}

/**
 * What `Retry-After` asks for, in milliseconds, at least 0; undefined where it asks for nothing that can be read. A date is
 * by the clock of its writer, which `Date` tells.
 *
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMs({ response: { headers } }: Exchange, nowMs: number): number | undefined {
  const theirNowMs = Date.parse(headers["date"] ?? "");
  return parseRetryAfter(headers["retry-after"] ?? null, Number.isNaN(theirNowMs) ? nowMs : theirNowMs);
}

/** What is told of the last attempt. After an answer that got lost, some answers may speak of the first one or of the last. */
function settled(
  seen: Attempt,
  { onceDone = [], cleaning = false }: RetriableRequest,
  { delayedMs, wasLost }: { readonly delayedMs: number; readonly wasLost: boolean },
): Exchange {
  if (seen instanceof TransientFailure) throw seen;
  if (wasLost && !cleaning && onceDone.includes(seen.response.status)) {
    throw new TransientFailure(
      `an answer got lost, and whether it was done before cannot be told: ${answerText(seen)}`,
    );
  }
  return delayedMs === 0 ? seen : { ...seen, delayedMs };
}
