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
