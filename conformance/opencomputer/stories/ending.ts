import type { Exchange } from "../../kit/exchange.ts";
import { createWith } from "../attempt.ts";
import { act, get, list } from "../calls.ts";
import { defineStory } from "../story.ts";

const plain = { timeout: 60 };
const metadata = { owner: "ci", "Schlüssel ☂": "值 🌍", empty: "" };

/** A sandbox that is killed while it hibernates. On the way there, bodies that are none are sent to wake it. */
export const ending = defineStory({
  name: "ending",
  creates: 1,
  play: async (run) => {
    const { id, attempt } = await createWith(run, { ...plain, metadata }, plain);
    const hibernated = await act(run, "hibernateSandbox", id);
    const brokenWakes: { readonly input: unknown; readonly exchange: Exchange }[] = [];
    for (const json of [{ timeout: -1 }, { timeout: 1.5 }, { timeout: "60" }, []]) {
      brokenWakes.push({ input: json, exchange: await act(run, "wakeSandbox", id, { json }) });
    }
    const asleep = await get(run, id);
    const killed = await act(run, "killSandbox", id);
    const got = await get(run, id);
    const woken = await act(run, "wakeSandbox", id);
    const gotLater = await get(run, id);
    const listed = await list(run);
    await act(run, "killSandbox", id);
    return { id, attempt, hibernated, brokenWakes, asleep, killed, got, woken, gotLater, listed };
  },
});
