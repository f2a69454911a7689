import type { SandboxUse } from "../kit/law/law.ts";
import { noSandboxes } from "../kit/law/law.ts";
import type { Created } from "../kit/money/created-sandbox.ts";
import type { LawRun } from "../kit/run/law-run.ts";
import { startRun } from "./readings.ts";
import type { StartedRun } from "./readings.ts";

/** Something that was made once, when by the target's clock in milliseconds, and the laws that have judged it. */
type Shared<Value> = { readonly value: Value; readonly atMs: number; readonly judgedBy: Set<string> };

// By run, and `time` is what a run has one of.
const records = new WeakMap<LawRun["time"], Map<string, Shared<unknown>>>();

/** How old may be what laws watch from its beginning, in milliseconds. */
const newMsMax = 5_000;

/** What a law costs that takes the shared run, or the shared new sandbox. */
export const sharesRun: SandboxUse = { ...noSandboxes, creates: 1, scenario: "run" };
export const sharesPrompt: SandboxUse = { ...noSandboxes, creates: 1, scenario: "prompt" };
export const sharesNew: SandboxUse = { ...noSandboxes, creates: 1, scenario: "new" };
export const sharesNewRun: SandboxUse = { ...noSandboxes, creates: 1, scenario: "new-run" };

/**
 * A run of a harmless command, which the laws of a run share: each sandbox costs half an hour, and nothing
 * ends one sooner. A law that judges it a second time, to be sure, gets another one.
 */
export async function sharedRun(run: LawRun, law: string): Promise<StartedRun> {
  return (await share(run, { name: "run", law, make: startRun })).value;
}

/** A create with a prompt, for which an agent runs. */
export async function sharedPrompt(run: LawRun, law: string): Promise<Created> {
  return (await share(run, { name: "prompt", law, make: () => run.create({ prompt: "Say nothing." }) })).value;
}

/** A run that has just begun, and since when, by the target's clock. */
export function sharedNewRun(run: LawRun, law: string): Promise<SharedSince<StartedRun>> {
  return share(run, { name: "new-run", law, make: startRun, ageMsMax: newMsMax });
}

/** A sandbox that was just created, and since when, by the target's clock. Its laws only look. */
export function sharedNew(run: LawRun, law: string): Promise<SharedSince<Created>> {
  return share(run, { name: "new", law, make: () => run.create({}), ageMsMax: newMsMax });
}

export type SharedSince<Value> = { readonly value: Value; readonly atMs: number };

async function share<Value>(
  run: LawRun,
  {
    name,
    law,
    make,
    ageMsMax = Infinity,
  }: {
    readonly name: string;
    readonly law: string;
    readonly make: (run: LawRun) => Promise<Value>;
    readonly ageMsMax?: number;
  },
): Promise<SharedSince<Value>> {
  const ofRun = records.get(run.time) ?? new Map<string, Shared<unknown>>();
  records.set(run.time, ofRun);
  const known = ofRun.get(name) as Shared<Value> | undefined;
  if (known !== undefined && !known.judgedBy.has(law) && run.time.now() - known.atMs <= ageMsMax) {
    known.judgedBy.add(law);
    return known;
  }
  const value = await make(run);
  const made = { value, atMs: run.time.now(), judgedBy: new Set([law]) };
  ofRun.set(name, made);
  return made;
}
