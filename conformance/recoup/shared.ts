import type { Created } from "../kit/law/call.ts";
import type { Scenario } from "../kit/law/law-run.ts";
import { list, snapshotIn, startRun } from "./readings.ts";
import type { StartedRun } from "./readings.ts";

/** How old may be what laws watch from its start, in milliseconds. */
const newMsMax = 5_000;

/**
 * A run of a harmless command, which the laws of a run share: each sandbox costs half an hour, and nothing ends one sooner.
 */
export const sharedRun: Scenario<StartedRun> = { name: "run", creates: 1, keeps: "play", play: (run) => startRun(run) };

/** A create with a prompt, for which an agent runs. */
export const promptedSandbox: Scenario<Created> = {
  name: "prompt",
  creates: 1,
  keeps: "play",
  play: (run) => run.create({ prompt: "Say nothing." }),
};

/** A run that has just begun. */
export const newRun: Scenario<StartedRun> = { ...sharedRun, name: "new-run", ageMsMax: newMsMax };

/** The words that a run writes, and the exit code that it ends with. */
export const writtenByRun = { stdout: "sandglass-out", stderr: "sandglass-err" } as const;
export const exitCodeOfRun = 3;
const line = `echo ${writtenByRun.stdout}; echo ${writtenByRun.stderr} >&2; exit ${exitCodeOfRun}`;

/** A run that prints two words, and the snapshot that its account had before. */
export type PrintingRun = StartedRun & { readonly snapshotBefore: unknown };

/** A run of a command that prints and ends, and does nothing else: any deployment may be asked to. */
export const printingRun: Scenario<PrintingRun> = {
  name: "printing-run",
  creates: 1,
  keeps: "play",
  play: async (run) => {
    const snapshotBefore = snapshotIn((await list(run)).exchange);
    return { ...(await startRun(run, { command: "sh", args: ["-c", line] })), snapshotBefore };
  },
};

/** A sandbox that was just created. Its laws only look. */
export const newSandbox: Scenario<Created> = {
  name: "new",
  creates: 1,
  keeps: "play",
  ageMsMax: newMsMax,
  play: (run) => run.create({}),
};
