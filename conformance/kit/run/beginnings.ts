import { EnvironmentTrouble } from "./unjudged.ts";

/** How often a law, a story or a generated input is begun where the target was not up to it, the first time included. */
export const beginningsMax = 3;

/**
 * Begins anew where the target was not up to it. What came of the beginning that failed is not looked at: who ends it is
 * who made it.
 *
 * @throws {@link EnvironmentTrouble} of the last beginning, marked so that nobody around begins again for the same reason
 */
export async function untilUp<Value>(begin: () => Promise<Value>): Promise<Value> {
  for (let beginnings = 1; ; beginnings += 1) {
    try {
      return await begin();
    } catch (error) {
      if (!(error instanceof EnvironmentTrouble) || !error.mayPass) throw error;
      if (beginnings < beginningsMax) continue;
      const { message, cause, exchange } = error;
      throw new EnvironmentTrouble(message, { cause, mayPass: false, ...(exchange === undefined ? {} : { exchange }) });
    }
  }
}
