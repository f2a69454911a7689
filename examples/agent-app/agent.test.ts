import { createSandboxTest } from "sandglass/vitest";
import { describe, expect } from "vitest";
import { ask, StepFailed, work, type Task } from "./agent.ts";

// What takes a second in a sandbox takes 10 ms here. Every test has a world of its own, so that all of them can run at once.
const test = createSandboxTest("opencomputer", { world: { clockScale: 100 } });
const question = createSandboxTest("recoup", { world: { clockScale: 100 } });
const task: Task = { repository: "https://github.com/example/app", prompt: "fix the build" };
const failsTimes = (count: number) => `echo x >> tries; [ $(wc -l < tries) -gt ${count} ]`;

describe.concurrent("an agent at work", () => {
  test.for([
    "fix the build",
    "say \"hello\" and 'goodbye'",
    "$(rm -rf /) `reboot` $HOME",
    "two\nlines",
    "tab\tand  blanks ",
    "ünïcödé, 漢字, 🚀",
    "; exit 1",
    "--help",
    "a".repeat(50),
    '{"json": [1, 2]}',
    "\\n is no new line",
    "* ? [a-z]",
  ])("gets its task as it was asked: %j", async (prompt, { sandboxes: { world, url, key } }) => {
    world.script("agent *", { files: { "NOTES.md": "done" } });
    const check = 'test "$(cat TASK.md; echo .)" = "$TASK."'; // byte for byte, by file and by environment
    const outcome = await work({ apiUrl: url, apiKey: key }, { ...task, prompt, check });
    expect(outcome).toEqual({ isDone: true, attempts: 1, notes: "done" });
    world.expectNoLeaks();
  });

  test.for<[fails: number, attemptsMax: number, isDone: boolean, attempts: number]>([
    [0, 3, true, 1],
    [1, 3, true, 2],
    [2, 3, true, 3],
    [3, 3, false, 3],
    [0, 1, true, 1],
    [1, 1, false, 1],
    [0, 2, true, 1],
    [1, 2, true, 2],
    [2, 2, false, 2],
    [1, 4, true, 2],
    [3, 4, true, 4],
    [0, 9, true, 1],
  ])(
    "tries again where the check fails %i times, %i times at most",
    async ([fails, attemptsMax, isDone, attempts], { sandboxes: { world, url, key } }) => {
      const outcome = await work({ apiUrl: url, apiKey: key }, { ...task, check: failsTimes(fails), attemptsMax });
      expect(outcome).toMatchObject({ isDone, attempts });
      world.expectNoLeaks();
      world.expectCost({ maxCreates: 1, maxRunning: 1, maxSandboxSeconds: 600 });
    },
  );

  test.for<[step: string, pattern: string, exitCode: number, stderr: string]>([
    ["clone", "git clone *", 128, "fatal: repository not found"],
    ["clone", "git clone *", 1, "fatal: could not read Username"],
    ["clone", "git clone https://github.com/example/app *", 128, "fatal: early EOF"],
    ["agent", "agent *", 1, "rate limit of the model"],
    ["agent", "agent *", 127, "agent: not found"],
    ["agent", "agent *", 137, "Killed"],
    ["agent", "agent fix*", 2, "no key"],
    ["agent", "agent * build", 1, "context too long"],
  ])(
    "stops where %s fails, and ends its sandbox: %s, %i, %s",
    async ([step, pattern, exitCode, stderr], { sandboxes: { world, url, key } }) => {
      world.script(pattern, { exitCode, stderr: `${stderr}\n` });
      await expect(work({ apiUrl: url, apiKey: key }, task)).rejects.toThrow(new StepFailed(step, stderr));
      world.expectNoLeaks();
    },
  );

  test.for([
    { id: "latency", options: { ms: 5 } },
    { id: "server-error", operation: "startCommand", times: 1 },
    { id: "rate-limit", operation: "createSandbox", times: 1 },
    { id: "server-error", operation: "writeFile", times: 1 },
    { id: "server-error", operation: "readFile", times: 1 },
    { id: "file-cut-short" },
  ])("leaves nothing behind on a service with trouble: %j", async (fault, { sandboxes: { world, url, key } }) => {
    world.setFaults([fault]);
    await work({ apiUrl: url, apiKey: key }, task).catch(() => {}); // it may fail, and must not leak
    world.expectNoLeaks();
    world.expectCost({ maxCreates: 1 });
  });
});

const intervalMs = 10;

describe.concurrent("a question to a repository", () => {
  question.for(["who wrote this?", "what's new", '"quoted"', "ünïcödé", "two\nlines", "-v"])(
    "is answered with the notes of the agent: %j",
    async (prompt, { sandboxes: { world, client } }) => {
      world.script("agent *", { files: { "NOTES.md": `about ${prompt}` } });
      expect(await ask(client, prompt, intervalMs)).toBe(`about ${prompt}`);
      world.expectCost({ maxCreates: 1 });
    },
  );

  question("builds on the notes of the question before", async ({ sandboxes: { client } }) => {
    await ask(client, "first", intervalMs);
    const { filetree, snapshot_id } = await client.sandboxes.list();
    expect([filetree?.map(({ path }) => path), typeof snapshot_id]).toEqual([["README.md", "NOTES.md"], "string"]);
    const again = await client.sandboxes.runCommand({ command: "wc -l < NOTES.md" }, { intervalMs });
    expect(again).toMatchObject({ status: "COMPLETED", stdout: "3\n" });
  });

  question.for<[exitCode: number, stderr: string]>([
    [1, "out of tokens"],
    [127, "agent: not found"],
  ])("fails as its agent does: exit code %i", async ([exitCode, stderr], { sandboxes: { world, client } }) => {
    world.script("agent *", { exitCode, stderr });
    await expect(ask(client, "why?", intervalMs)).rejects.toThrow(`agent: ${stderr}`);
  });

  question("ends after a quarter of an hour where its agent does not", async ({ sandboxes: { world, client } }) => {
    world.clock.setScale(10_000);
    world.script("agent *", { durationMs: 3_600_000 });
    await expect(ask(client, "why?", intervalMs)).rejects.toThrow("900 seconds");
  });

  question("stays in its account's organisation", async ({ sandboxes: { world, client, keys, fetch } }) => {
    await ask(client, "secret", intervalMs);
    const answer = await fetch("/api/sandboxes", { headers: { "x-api-key": keys["eve"]! } });
    expect(await answer.json()).toMatchObject({ sandboxes: [], filetree: null });
    world.expectCost({ maxCreates: 1, maxSandboxSeconds: 60 });
  });

  question("finds nothing to read before a first question", async ({ sandboxes: { client } }) => {
    await expect(client.files.read("NOTES.md")).rejects.toMatchObject({ status: 404 });
  });
});
