import type { JsonObject } from "../../kit/law/schema.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { createWith } from "../attempt.ts";
import { act, get, kill } from "../calls.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";

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
  atOnce: 2,
  keeps: "play",
  play: async (run) => {
    const [one, other] = await makeAtOnce(run, large);
    const spared = [await killBeside(run, one!.id, other!.id)];
    const [third, burst] = await makeAtOnce(run, others);
    for (const { id } of [third!, burst!]) await act(run, "hibernateSandbox", id);
    spared.push(await killBeside(run, burst!.id, third!.id));
    return { sized: [one!, other!, third!], burst: burst!, spared };
  },
});

async function makeAtOnce(run: LawRun, bodies: readonly JsonObject[]) {
  return run.together(bodies.map((body) => () => createWith(run, body, { timeout })));
}

/** Kills one of two sandboxes, and looks at the other before and after it. */
async function killBeside(run: LawRun, id: string, beside: string) {
  const before = await get(run, beside);
  const killed = await act(run, "killSandbox", id);
  const after = await get(run, beside);
  await kill(run, beside);
  return { id, beside, before, killed, after };
}
