import { defineScenario } from "../../kit/law/families/scenario.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { act, get } from "../calls.ts";
import { readIn, writeIn } from "../laws/inside.ts";
import { needs } from "../../kit/law/precondition.ts";
import { stateIn } from "../readings.ts";

/** Seconds. The one is over soon, where time can be moved; the other is that of the sandboxes that laws share. */
const [short, usual] = [1, 120];
/** By then the short timeout is over, in milliseconds. */
const overMs = 3_500;

/** What is written before the sandbox falls asleep, and where: a disk is kept whole. */
export const sleptOn = [
  { path: "/tmp/sandglass-asleep.txt", text: "below /tmp" },
  { path: "/home/sandbox/sandglass asleep.txt", text: "at home" },
  { path: "/workspace/sandglass/deep/asleep.txt", text: "below folders that were made for it" },
] as const;

/**
 * A sandbox that laws share falls asleep, first because it is asked to, and then by its timeout, where time can be moved; and what is
 * left of its files and its lock each time. It is as before at the end.
 */
export const asleep = defineScenario({
  name: "asleep",
  creates: 0,
  keeps: "play",
  play: async (run) => {
    const id = await run.sharedSandbox();
    const written = [];
    for (const { path, text } of sleptOn) written.push(await writeIn(run, id, path, text));
    const locked = await lock(run, id, true);
    try {
      const byRequest = await wakeAndRead(run, id, "it was asked to", () => act(run, "hibernateSandbox", id));
      const byTimeout = run.time.controlled
        ? await wakeAndRead(run, id, "its timeout was over", () => letExpire(run, id))
        : undefined;
      return { written, locked, sleeps: [byRequest, ...(byTimeout === undefined ? [] : [byTimeout])] };
    } finally {
      await lock(run, id, false);
      await act(run, "setSandboxTimeout", id, { json: { timeout: usual } });
    }
  },
});

async function letExpire(run: LawRun, id: string): Promise<void> {
  await act(run, "setSandboxTimeout", id, { json: { timeout: short } });
  await run.time.pass(overMs);
}

/** Lets it fall asleep, wakes it by reading its files, and reads its lock before and after that. */
async function wakeAndRead(run: LawRun, id: string, why: string, fallAsleep: () => Promise<unknown>) {
  await fallAsleep();
  const slept = stateIn(await get(run, id)) === "hibernated";
  const lockAsleep = await readLock(run, id);
  const files = [];
  for (const { path, text } of sleptOn) files.push({ text, exchange: await readIn(run, id, path) });
  await act(run, "wakeSandbox", id);
  return { why, slept, files, locks: [lockAsleep, await readLock(run, id)] };
}

const lock = (run: LawRun, id: string, locked: boolean) =>
  run.send({ operation: "setScalingLock", path: { id }, json: { locked } });
const readLock = (run: LawRun, id: string) => run.send({ operation: "getScalingLock", path: { id } });

type Sleep = Awaited<ReturnType<typeof wakeAndRead>>;

/** The times that it was seen to hibernate: those that did not come to pass show nothing. */
export function sleptOnes(sleeps: readonly Sleep[]): readonly Sleep[] {
  const slept = sleeps.filter((each) => each.slept);
  needs(slept.length > 0, "a sandbox that hibernates");
  return slept;
}
