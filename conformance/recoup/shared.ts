import type { Created } from "../kit/law/call.ts";
import type { Scenario } from "../kit/law/law-run.ts";
import { startRun } from "./readings.ts";
import type { StartedRun } from "./readings.ts";

/** How old may be what laws watch from its start, in milliseconds. */
const newMsMax = 5_000;

/**
 * A run of a harmless command, which the laws of a run share: each sandbox costs half an hour, and nothing ends one sooner.
 */
export const sharedRun: Scenario<StartedRun> = { name: "run", creates: 1, keeps: "play", play: startRun };

/** A create with a prompt, for which an agent runs. */
export const promptedSandbox: Scenario<Created> = {
  name: "prompt",
  creates: 1,
  keeps: "play",
  play: (run) => run.create({ prompt: "Say nothing." }),
};

/** A run that has just begun. */
export const newRun: Scenario<StartedRun> = { ...sharedRun, name: "new-run", ageMsMax: newMsMax };

/** A sandbox that was just created. Its laws only look. */
export const newSandbox: Scenario<Created> = {
  name: "new",
  creates: 1,
  keeps: "play",
  ageMsMax: newMsMax,
  play: (run) => run.create({}),
};
