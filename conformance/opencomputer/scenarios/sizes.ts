import type { JsonObject } from "../../kit/law/schema.ts";
import type { LawRun } from "../../kit/run/law-run.ts";
import { createWith } from "../attempt.ts";
import { kill } from "../calls.ts";
import { defineScenario } from "../scenario.ts";

const timeout = 60;

/**
 * Sizes beyond one core: named whole, and with either number alone, from which the other follows. The sizes of one core are
 * sent elsewhere.
 */
const large: readonly [JsonObject, JsonObject] = [
  { memoryMB: 8192, timeout },
  { cpuCount: 4, memoryMB: 16_384, timeout },
];
const others: readonly [JsonObject, JsonObject] = [{ cpuCount: 2, diskMB: 20_480, timeout }, { burst: true }];

/** Sandboxes that an account may not be given: large ones, and a burst one. Two at once. */
export const sizes = defineScenario({
  name: "sizes",
  creates: 4,
  play: async (run) => {
    const [one, other] = await makeAtOnce(run, large);
    const [third, burst] = await makeAtOnce(run, others);
    return { sized: [one!, other!, third!], burst: burst! };
  },
});

async function makeAtOnce(run: LawRun, bodies: readonly JsonObject[]) {
  const made = await run.together(bodies.map((body) => () => createWith(run, body, { timeout })));
  await kill(run, ...made.map(({ id }) => id));
  return made;
}
