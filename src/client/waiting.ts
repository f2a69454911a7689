import type { Clock, Sleep } from "../contract/clock.ts";
import { ApiError } from "./api-error.ts";
import { assertInteger, type CallOptions } from "./client-options.ts";

/** How long to wait, and how often to look. */
export type WaitOptions = {
  /** Milliseconds to wait at most. Default 60,000. */
  readonly deadlineMs?: number | undefined;
  /** Milliseconds between two looks, at least 10. Default 1000. */
  readonly intervalMs?: number | undefined;
  /** Aborts the wait. */
  readonly signal?: AbortSignal | undefined;
};

/** Something whose status is waited for. */
export type Watched<Value, Status extends string> = {
  readonly operation: string; // what errors name
  readonly noun: string; // "sandbox sb-1f0c9a2e"
  readonly read: (options: CallOptions) => Promise<Value>;
  readonly statusOf: (value: Value) => Status;
  readonly wanted: readonly Status[];
  readonly final: readonly Status[]; // statuses that never change again
};

/**
 * Looks until a status is one of those wanted.
 *
 * @returns what was read last
 * @throws {@link ApiError} `DEADLINE_EXCEEDED`; `STATE_UNREACHABLE` as soon as another final status is seen; `ABORTED`;
 *   and whatever reading throws
 */
export async function waitFor<Value, Status extends string>(
  { operation, noun, read, statusOf, wanted, final }: Watched<Value, Status>,
  { clock, sleep, timeoutMs }: { readonly clock: Clock; readonly sleep: Sleep; readonly timeoutMs: number },
  { deadlineMs = 60_000, intervalMs = 1000, signal }: WaitOptions = {},
): Promise<Value> {
  assertInteger("deadlineMs", deadlineMs, 1);
  assertInteger("intervalMs", intervalMs, 10);
  const endMs = clock.now() + deadlineMs;
  const awaited = `${noun} to be ${wanted.join(" or ")}`;
  let last: Status | undefined;
  // Bounded by the number of looks as well, for a clock that stands still.
  for (let look = 0; look <= Math.ceil(deadlineMs / intervalMs); look++) {
    const leftMs = endMs - clock.now();
    if (leftMs <= 0) break;
    const answer = await readInTime(read, { signal, timeoutMs: Math.min(timeoutMs, Math.ceil(leftMs)) });
    if (answer !== undefined) {
      last = statusOf(answer.value);
      if (wanted.includes(last)) return answer.value;
      if (final.includes(last)) {
        const message = `waited for ${awaited}, but it is ${last}, and that is final`;
        throw new ApiError("STATE_UNREACHABLE", message, { operation });
      }
    }
    await sleepUnlessAborted(operation, sleep(Math.max(0, Math.min(intervalMs, endMs - clock.now()))), signal);
  }
  const seen = last === undefined ? "there was no answer about it" : `it is ${last}`;
  throw new ApiError("DEADLINE_EXCEEDED", `waited ${deadlineMs} ms for ${awaited}; ${seen}`, { operation });
}

/** `undefined` where there was no answer in time: the next look may have one. */
async function readInTime<Value>(
  read: (options: CallOptions) => Promise<Value>,
  options: CallOptions,
): Promise<{ readonly value: Value } | undefined> {
  try {
    return { value: await read(options) };
  } catch (error) {
    if (error instanceof ApiError && error.code === "TIMEOUT" && options.signal?.aborted !== true) return undefined;
    throw error;
  }
}

async function sleepUnlessAborted(operation: string, pause: Promise<void>, signal?: AbortSignal): Promise<void> {
  if (signal === undefined) return pause;
  const fail = () => new ApiError("ABORTED", "aborted by its signal", { operation, cause: signal.reason });
  if (signal.aborted) throw fail();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(fail());
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([pause, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
