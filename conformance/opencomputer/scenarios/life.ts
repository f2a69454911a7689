import type { Exchange } from "../../kit/law/exchange.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { createWith } from "../attempt.ts";
import { act, get, list } from "../calls.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";

/** Seconds. Longer than the scenario takes; the sandbox is killed at its end. */
const timeout = 300;
const plain = { timeout };

/** Tags as they are set, in this order. */
export const lifeTags = {
  first: { env: "staging", "cost:team": "growth" },
  second: { owner: "Zoë 🦔" },
  hibernated: { asleep: "yes" },
  stopped: { after: "kill" },
} as const;

/** Ports as they are listed, in this order. */
export const lifePorts = [8080, 3000, 443] as const;

const envs = { GREETING: "grüß Gott, 世界 🌍", EMPTY: "", _underscore: "a=b c\"d'\\" };

/** One sandbox from its creation to its end: each operation in each state, and what can be read in between. */
export const life = defineScenario({
  name: "life",
  creates: 1,
  keeps: "play",
  play: async (run) => {
    const sentAtMs = run.time.now();
    const { id, attempt, exchange: created } = await createWith(run, { envs, timeout }, plain);
    const running = await liveRunning(run, id);
    const tookMs = run.time.now() - sentAtMs;
    const hibernated = await liveHibernated(run, id);
    const stopped = await liveStopped(run, id);
    return { id, attempt, created, tookMs, running, hibernated, stopped };
  },
});

export type LifeRecord = Awaited<ReturnType<typeof life.play>>;

async function liveRunning(run: LawRun, id: string) {
  const fresh = await readAll(run, id);
  const put = await act(run, "replaceSandboxTags", id, { json: lifeTags.first });
  const tagged = await readAll(run, id);
  const putAgain = await act(run, "replaceSandboxTags", id, { json: lifeTags.second });
  const taggedAgain = await act(run, "getSandboxTags", id);
  const listings: Exchange[] = [];
  for (const port of lifePorts) listings.push(await act(run, "createPreview", id, { json: { port } }));
  const listedPorts = await act(run, "listPreviews", id);
  const listedTwice = await act(run, "createPreview", id, { json: { port: lifePorts[1] } });
  const deleted = await act(run, "deletePreview", id, { port: lifePorts[0] });
  const portsLeft = await act(run, "listPreviews", id);
  const deletedTwice = await act(run, "deletePreview", id, { port: lifePorts[0] });
  const timeoutSet = await act(run, "setSandboxTimeout", id, { json: { timeout } });
  const rotated = await act(run, "rotatePreviewToken", id);
  const rotatedAgain = await act(run, "rotatePreviewToken", id);
  const woken = await act(run, "wakeSandbox", id);
  const stillRunning = await get(run, id);
  return {
    ...{
      fresh,
      put,
      tagged,
      putAgain,
      taggedAgain,
      listings,
      listedPorts,
      listedTwice,
      deleted,
      portsLeft,
      deletedTwice,
    },
    ...{ timeoutSet, rotated, rotatedAgain, woken, stillRunning },
  };
}

async function liveHibernated(run: LawRun, id: string) {
  const hibernated = await act(run, "hibernateSandbox", id);
  const fresh = await readAll(run, id);
  const put = await act(run, "replaceSandboxTags", id, { json: lifeTags.hibernated });
  const tags = await act(run, "getSandboxTags", id);
  const listing = await act(run, "createPreview", id, { json: { port: 9000 } });
  const deleted = await act(run, "deletePreview", id, { port: lifePorts[2] });
  const portsLeft = await act(run, "listPreviews", id);
  const timeoutSet = await act(run, "setSandboxTimeout", id, { json: { timeout } });
  const rotated = await act(run, "rotatePreviewToken", id);
  const still = await get(run, id);
  const again = await act(run, "hibernateSandbox", id);
  const woken = await act(run, "wakeSandbox", id);
  const awake = await readAll(run, id);
  return { hibernated, fresh, put, tags, listing, deleted, portsLeft, timeoutSet, rotated, still, again, woken, awake };
}

async function liveStopped(run: LawRun, id: string) {
  const killed = await act(run, "killSandbox", id);
  const fresh = await readAll(run, id);
  const put = await act(run, "replaceSandboxTags", id, { json: lifeTags.stopped });
  const tags = await act(run, "getSandboxTags", id);
  const listing = await act(run, "createPreview", id, { json: { port: 9000 } });
  const deleted = await act(run, "deletePreview", id, { port: lifePorts[1] });
  const timeoutSet = await act(run, "setSandboxTimeout", id, { json: { timeout } });
  const rotated = await act(run, "rotatePreviewToken", id);
  const hibernated = await act(run, "hibernateSandbox", id);
  const woken = await act(run, "wakeSandbox", id);
  const still = await get(run, id);
  const stillListed = await list(run);
  const killedAgain = await act(run, "killSandbox", id);
  return {
    ...{ killed, fresh, put, tags, listing, deleted, timeoutSet, rotated, hibernated, woken, killedAgain },
    ...{ still, stillListed },
  };
}

/** All that can be read of a sandbox. Reading changes nothing. */
async function readAll(run: LawRun, id: string) {
  return {
    got: await get(run, id),
    listed: await list(run),
    tags: await act(run, "getSandboxTags", id),
    ports: await act(run, "listPreviews", id),
  };
}
