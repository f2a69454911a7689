import { createWith } from "../attempt.ts";
import { kill } from "../calls.ts";
import { defineStory } from "../story.ts";

const timeout = 60;

/** Two sandboxes that are created at once, one of a size that is named whole and one of a size that has to be inferred. */
export const pair = defineStory({
  name: "pair",
  creates: 2,
  play: async (run) => {
    const made = await run.together(
      [{ memoryMB: 8192 }, { cpuCount: 4, memoryMB: 16_384 }].map((size) => () => {
        return createWith(run, { ...size, timeout }, { timeout });
      }),
    );
    await kill(run, ...made.map(({ id }) => id));
    return { made };
  },
});
