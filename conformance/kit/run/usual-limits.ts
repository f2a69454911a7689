/** The most sandboxes that a session makes unless told otherwise. */
export const usualCreatesMax = 40;
/** How long a session sends requests unless told otherwise, in minutes. */
export const usualMinutesMax = 15;
/** The longest that a run waits where nothing else was said, in milliseconds. */
export const usualWaitMsMax = 20_000;
