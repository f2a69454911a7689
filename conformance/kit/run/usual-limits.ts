/** The fewest sandboxes that a session may make where no limit was given. */
export const usualCreatesMax = 40;

/** What breaches are judged again with, and sequences go deeper with, beyond what the laws of a plan take. */
const reserve = 10;

/** The most sandboxes that a session makes unless told otherwise, with laws that take so many. */
export function usualCreates(planned: number): number {
  return Math.max(usualCreatesMax, planned + reserve);
}

/** How long a session sends requests unless told otherwise, in minutes. */
export const usualMinutesMax = 15;
/** The longest that a run waits where nothing else was said, in milliseconds. */
export const usualWaitMsMax = 20_000;
/** So many laws are judged side by side where nothing else was said. */
export const usualConcurrency = 1;

/** From so long an answer on, in milliseconds, waiting takes most of a run. */
const slowMs = 100;
const concurrencyOfSlow = 8;

/**
 * How many laws a run judges side by side unless told otherwise: one where answers come at once, since a run waits for little then.
 *
 * @param askMs - asks the target something harmless, and tells how long the answer took, in milliseconds
 * @param firstMs - how long it took before: a first answer may have had to open a connection, or to start something
 */
export async function concurrencyFor(firstMs: number, askMs: () => Promise<number>): Promise<number> {
  const isSlow = firstMs >= slowMs && (await askMs()) >= slowMs && (await askMs()) >= slowMs;
  return isSlow ? concurrencyOfSlow : usualConcurrency;
}
