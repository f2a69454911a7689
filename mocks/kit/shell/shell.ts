import { type Sleep, systemSleep } from "../../../src/contract/clock.ts";
import type { World } from "../world.ts";
import type { SandboxShell } from "./sandbox-shell.ts";

let loaded: Promise<SandboxShell> | undefined;

/** The shell of this process, loaded with its first command: most mocks never run one, and start sooner for it. */
export const sandboxShell: SandboxShell = {
  run: async (...command) => {
    loaded ??= import("./sandbox-shell.ts").then(({ createProcessShell }) => createProcessShell());
    return (await loaded).run(...command);
  },
};

/** Text as bytes of one character each, as they are kept, and bytes as text. */
export const inBytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");
export const inText = (bytes: string) => Buffer.from(bytes, "latin1").toString("utf8");

const stepMs = 50;

/** Waits until a world's clock shows a time, however it gets there. One that stands still is not waited for. */
export async function untilTime(
  { clock }: World,
  atMs: number,
  signal?: AbortSignal,
  sleep: Sleep = systemSleep,
): Promise<void> {
  let moves = clock.scale() > 0;
  while (moves && clock.now() < atMs && signal?.aborted !== true) {
    const nowMs = clock.now();
    await sleep(Math.min(stepMs, Math.max(minStepMs, (atMs - nowMs) / clock.scale())));
    moves = clock.now() > nowMs; // what it is made of may stand still
  }
}

const minStepMs = 5;
