import { type MemberRules, requireName, rules } from "../contract/caller-input.ts";
import type { Clock, Sleep } from "../contract/clock.ts";
import { ApiError } from "./api-error.ts";
import { assertInteger, nothingSent, type CallOptions } from "./client-options.ts";

/** How long to wait, and how often to look. */
export type WaitOptions = {
  /** Milliseconds to wait at most. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds between two looks, at least 10. Default 1000, for runs of Recoup 3000. */
  readonly intervalMs?: number | undefined;
  /** Aborts the wait. */
  readonly signal?: AbortSignal | undefined;
};

/** What the options of a wait are. */
export const waitMembers = {
  timeoutMs: rules.number,
  intervalMs: rules.number,
  signal: rules.signal,
} as const satisfies MemberRules<WaitOptions>;

/** The statuses of a type; the compiler lists those that are missing. */
export function namesOf<Status extends string>(all: Readonly<Record<Status, true>>): readonly Status[] {
  return Object.keys(all) as Status[];
}

/** Something whose status is waited for. */
export type Watched<Value, Status extends string> = {
  readonly operation: string; // what errors name
  readonly noun: string; // "sandbox sb-1f0c9a2e"
  readonly read: (options: CallOptions) => Promise<Value>;
  readonly statusOf: (value: Value) => Status;
  readonly wanted: readonly Status[];
  readonly known: readonly Status[];
  readonly final: readonly Status[]; // statuses that never change again
};

/**
 * Looks until a status is one of those wanted. A status that is seen and unknown is one that may pass.
 *
 * @returns what was read last
 * @throws {@link ApiError} `TIMEOUT`; `STATE_UNREACHABLE` as soon as another final status is seen; `ABORTED`; and whatever
 *   reading throws. Each names the wait
 * @throws {@link ContractError} `CONFIG_INVALID` for a status to wait for that there is not
 */
export async function waitForStatus<Value, Status extends string>(
  { operation, noun, read, statusOf, wanted, known, final }: Watched<Value, Status>,
  { clock, sleep, timeoutMs: lookMsMax }: { readonly clock: Clock; readonly sleep: Sleep; readonly timeoutMs: number },
  { timeoutMs = 60_000, intervalMs = 1000, signal }: WaitOptions = {},
): Promise<Value> {
  for (const status of wanted) requireName(operation, "status", status, known, nothingSent);
  assertInteger("timeoutMs", timeoutMs, 1);
  assertInteger("intervalMs", intervalMs, 10);
  const endMs = clock.now() + timeoutMs;
  const wait = wanted === final ? `${noun} to end` : `${noun} to be ${wanted.join(" or ")}`;
  let last: Status | undefined;
  // Bounded by the number of looks as well, for a clock that stands still.
  for (let look = 0; look <= Math.ceil(timeoutMs / intervalMs); look++) {
    const leftMs = endMs - clock.now();
    if (leftMs <= 0) break;
    const answer = await readInTime(wait, read, { signal, timeoutMs: Math.min(lookMsMax, Math.ceil(leftMs)) });
    if (answer !== undefined) {
      last = statusOf(answer.value);
      if (wanted.includes(last)) return answer.value;
      if (final.includes(last)) {
        const message = `waited for ${wait}, but it is ${last}, and that is final`;
        throw new ApiError("STATE_UNREACHABLE", message, { operation, wait });
      }
    }
    const pause = sleep(Math.max(0, Math.min(intervalMs, endMs - clock.now())));
    await unlessAborted(pause, signal, (cause) => {
      return new ApiError("ABORTED", `aborted by its signal while waiting for ${wait}`, { operation, wait, cause });
    });
  }
  const seen = last === undefined ? "there was no answer about it" : `it is ${last}`;
  throw new ApiError("TIMEOUT", `waited ${timeoutMs} ms for ${wait}; ${seen}`, { operation, wait });
}

/** `undefined` where there was no answer in time: the next look may have one. */
async function readInTime<Value>(
  wait: string,
  read: (options: CallOptions) => Promise<Value>,
  options: CallOptions,
): Promise<{ readonly value: Value } | undefined> {
  try {
    return { value: await read(options) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === "TIMEOUT" && options.signal?.aborted !== true) return undefined;
    const text = `${error.message.slice(`${error.operation}: `.length)} (while waiting for ${wait})`;
    throw new ApiError(error.code, text, { ...error, wait, cause: error.cause });
  }
}

async function unlessAborted(
  pause: Promise<void>,
  signal: AbortSignal | undefined,
  failure: (reason: unknown) => ApiError,
): Promise<void> {
  if (signal === undefined) return pause;
  if (signal.aborted) throw failure(signal.reason);
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(failure(signal.reason));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([pause, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
