import { TransientFailure } from "../law/unjudged.ts";

/** How often a law, a scenario or a generated input is tried after a transient failure, the first time included. */
export const attemptsMax = 3;

/**
 * Tries again after a transient failure. What the failed attempt made is ended by its caller.
 *
 * @throws {@link TransientFailure} of the last attempt, marked so that no caller tries again for the same reason
 */
export async function inAttempts<Value>(once: () => Promise<Value>): Promise<Value> {
  for (let count = 1; ; count += 1) {
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof TransientFailure) || !error.mayPass) throw error;
      if (count < attemptsMax) continue;
      const { message, cause, exchange } = error;
      throw new TransientFailure(message, { cause, mayPass: false, ...(exchange === undefined ? {} : { exchange }) });
    }
  }
}
