import { Sandbox } from "@opencomputer/sdk";
import type { RecoupClient } from "sandglass";

/** A service of OpenComputer: the vendor's, or a mock. */
export type Cloud = { readonly apiUrl: string; readonly apiKey: string };

/** What is to be done to a repository, and how it is known to be done. */
export type Task = {
  readonly repository: string;
  readonly prompt: string;
  readonly check?: string; // a command that ends with 0 once it is done; `npm test` by default
  readonly attemptsMax?: number; // 3 by default
};

/** What came of a task. */
export type Outcome = { readonly isDone: boolean; readonly attempts: number; readonly notes: string };

/** A step that cannot be gone on from. */
export class StepFailed extends Error {
  override readonly name = "StepFailed";
  readonly step: string;

  constructor(step: string, said: string) {
    super(`${step}: ${said.trim()}`);
    this.step = step;
  }
}

const sandboxTimeoutS = 600;
const folder = "/workspace/repository";

/** Clones a repository into a sandbox and lets an agent work on it until the check holds. The sandbox is ended, whatever happens. */
export async function work(cloud: Cloud, task: Task): Promise<Outcome> {
  const { repository, prompt, check = "npm test", attemptsMax = 3 } = task;
  const sandbox = await Sandbox.create({ ...cloud, timeout: sandboxTimeoutS, envs: { TASK: prompt } });
  const run = (line: string, cwd = folder) => sandbox.exec.run(line, { cwd });
  const require = async (step: string, line: string, cwd?: string) => {
    const { exitCode, stderr } = await run(line, cwd);
    if (exitCode !== 0) throw new StepFailed(step, stderr);
  };
  try {
    await require("clone", `git clone ${repository} repository`, "/workspace");
    await sandbox.files.write(`${folder}/TASK.md`, prompt);
    for (let attempts = 1; attempts <= attemptsMax; attempts += 1) {
      await require("agent", 'agent "$TASK"');
      if ((await run(check)).exitCode !== 0) continue;
      return { isDone: true, attempts, notes: await sandbox.files.read(`${folder}/NOTES.md`) };
    }
    return { isDone: false, attempts: attemptsMax, notes: "" };
  } finally {
    await sandbox.kill();
  }
}

/** Asks a question of an account's repository at Recoup, and gives the notes that its agent has committed. */
export async function ask(recoup: RecoupClient, prompt: string, intervalMs = 3_000): Promise<string> {
  const result = await recoup.sandboxes.runCommand({ prompt }, { intervalMs });
  if (result.status !== "COMPLETED") throw new StepFailed("agent", result.error?.message ?? result.status);
  if (result.exitCode !== 0) throw new StepFailed("agent", result.stderr);
  return (await recoup.files.read("NOTES.md")).content;
}
