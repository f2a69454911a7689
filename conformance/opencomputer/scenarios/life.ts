import { createWith } from "../attempt.ts";
import { takeSteps } from "../calls.ts";
import type { Step } from "../calls.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";

/** Seconds. Longer than the scenario takes; the sandbox is killed at its end. */
const timeout = 300;
const plain = { timeout };

/** Tags as they are set while it runs, in this order. */
export const lifeTags = { first: { env: "staging", "cost:team": "growth" }, second: { owner: "Zoë 🦔" } } as const;

/** Ports as they are listed, in this order. */
export const lifePorts = [8080, 3000, 443] as const;

const envs = { GREETING: "grüß Gott, 世界 🌍", EMPTY: "", _underscore: "a=b c\"d'\\" };

/** All that can be read of a sandbox. Reading changes nothing. */
const readAll: readonly Step[] = [["getSandbox"], ["listSandboxes"], ["getSandboxTags"], ["listPreviews"]];
const tag = (json: Readonly<Record<string, string>>): Step => ["replaceSandboxTags", { json }];
const listPort = (port: number): Step => ["createPreview", { json: { port } }];
const unlistPort = (port: number): Step => ["deletePreview", { port }];
const setTimeout: Step = ["setSandboxTimeout", { json: { timeout } }];

/** Each row of steps goes on to the one that leads to the next state. */
const whileRunning: readonly Step[] = [
  ...readAll,
  tag(lifeTags.first),
  ...readAll,
  tag(lifeTags.second),
  ["getSandboxTags"],
  ...lifePorts.map(listPort),
  ["listPreviews"],
  listPort(lifePorts[1]),
  unlistPort(lifePorts[0]),
  ["listPreviews"],
  unlistPort(lifePorts[0]),
  setTimeout,
  ["rotatePreviewToken"],
  ["rotatePreviewToken"],
  ["wakeSandbox"],
  ["getSandbox"],
  ["hibernateSandbox"],
];
const whileHibernated: readonly Step[] = [
  ...readAll,
  tag({ asleep: "yes" }),
  ["getSandboxTags"],
  listPort(9000),
  unlistPort(lifePorts[2]),
  ["listPreviews"],
  setTimeout,
  ["rotatePreviewToken"],
  ["getSandbox"],
  ["hibernateSandbox"],
  ["wakeSandbox"],
];
const whileAwake: readonly Step[] = [...readAll, ["killSandbox"]];
const whileStopped: readonly Step[] = [
  ...readAll,
  tag({ after: "kill" }),
  ["getSandboxTags"],
  listPort(9000),
  unlistPort(lifePorts[1]),
  setTimeout,
  ["rotatePreviewToken"],
  ["hibernateSandbox"],
  ["wakeSandbox"],
  ["getSandbox"],
  ["listSandboxes"],
  ["killSandbox"],
];

/** One sandbox from its creation to its end: each operation in each state, and what can be read in between. */
export const life = defineScenario({
  name: "life",
  creates: 1,
  keeps: "play",
  play: async (run) => {
    const { id, attempt, exchange: created } = await createWith(run, { envs, timeout }, plain);
    const running = await takeSteps(run, id, whileRunning);
    const hibernated = await takeSteps(run, id, whileHibernated);
    const awake = await takeSteps(run, id, whileAwake);
    return { id, attempt, created, running, hibernated, awake, stopped: await takeSteps(run, id, whileStopped) };
  },
});

export type LifeRecord = Awaited<ReturnType<typeof life.play>>;
