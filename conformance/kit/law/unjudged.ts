import type { Sleep } from "../../../src/contract/clock.ts";
import type { Exchange } from "./exchange.ts";
import type { SkipCause } from "./verdict.ts";

/** Thrown inside a check to end it: the law cannot be judged, through no fault of the target's. */
export class Unjudged extends Error {
  override readonly name = "Unjudged";
  readonly skipCause: SkipCause;
  /** What to add to the command so that the law can be judged. */
  readonly flag: string | undefined;
  constructor(skipCause: SkipCause, message: string, { flag }: { readonly flag?: string } = {}) {
    super(message);
    this.skipCause = skipCause;
    this.flag = flag;
  }
}

type TransientFailureOptions = ErrorOptions & { readonly mayPass?: boolean; readonly exchange?: Exchange };

/** Thrown inside a check when the target gave no answer (then it has a `cause`), or one that says "not now". */
export class TransientFailure extends Error {
  override readonly name = "TransientFailure";
  /**
   * Whether another attempt may help. Not where the target let us wait for the whole time-out: that takes too long to be
   * tried often. Nor where the credit is used up, or where it has been tried often enough.
   */
  readonly mayPass: boolean;
  /** The answer that said so, for a check that can go on without what it asked for. */
  readonly exchange: Exchange | undefined;
  constructor(message: string, { mayPass, exchange, ...options }: TransientFailureOptions = {}) {
    super(message, options);
    this.exchange = exchange;
    this.mayPass = mayPass ?? (!isTimeOut(options.cause) && exchange?.response.status !== 402);
  }
}

/** Whether an error, or what caused it, is a time-out. */
function isTimeOut(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "TimeoutError" || isTimeOut(error.cause);
}

/** @throws {@link Unjudged} `interrupted` where the run was told to stop */
export function assertNotStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new Unjudged("interrupted", "the run was told to stop");
}

/**
 * Waits, unless the run is told to stop meanwhile.
 *
 * @throws {@link Unjudged} `interrupted` where it is
 */
export async function sleepInRun(sleep: Sleep, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, signal);
  } catch (cause) {
    assertNotStopped(signal);
    throw cause;
  }
}
