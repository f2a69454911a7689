import { expect, test } from "vitest";
import { type Harness, withHarness } from "../harness.fixture.ts";

type Run = { readonly status: string; readonly output?: Readonly<Record<string, unknown>> };

const onRun = (body: object, act: (read: (ms: number) => Promise<Run>, harness: Harness) => Promise<void>) =>
  withHarness({ contract: "recoup" }, async (harness) => {
    const { json } = await harness.call("/api/sandboxes", { body });
    const [sandbox] = json["sandboxes"] as { runId: string }[];
    await act(async (ms) => {
      harness.clock.advance(ms);
      const answer = await harness.call(`/api/tasks/runs?runId=${sandbox!.runId}`);
      return (answer.json["runs"] as Run[])[0]!;
    }, harness);
  });

test("a command runs in the shell of its sandbox, and its run tells streams and exit code once it has ended", () =>
  onRun({ command: "sh", args: ["-c", "echo out; echo err >&2; exit 3"] }, async (read) => {
    expect((await read(0)).output).toBeUndefined();
    expect(await read(3_000)).toMatchObject({
      status: "COMPLETED",
      output: {
        stdout: "out\n",
        stderr: "err\n",
        exitCode: 3,
        snapshot: { id: expect.stringMatching(/^snap_/) as string },
      },
    });
  }));

test("what a command sleeps makes its run longer", () =>
  onRun({ command: "sleep 60; pwd", cwd: "/workspace" }, async (read) => {
    expect((await read(3_000)).status).toBe("EXECUTING");
    expect(await read(60_000)).toMatchObject({ status: "COMPLETED", output: { stdout: "/workspace\n", exitCode: 0 } });
  }));

test("a prompt runs a scripted agent, which prints a plan and writes a file", () =>
  onRun({ prompt: "tidy up" }, async (read, { world }) => {
    const { output } = await read(4_000);
    expect(output).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Plan:\n1\./) as string });
    const [files] = [...world.tables().get("shell/files")!.records()] as unknown as [{ nodes: object }];
    expect(Object.keys(files.nodes)).toContain("/home/sandbox/NOTES.md");
  }));

test("a command that there is not ends with 127, and the reason says how to script it", () =>
  onRun({ command: "deploy", args: ["now"] }, async (read, { world }) => {
    expect((await read(3_000)).output).toMatchObject({ exitCode: 127, stderr: "bash: deploy: command not found\n" });
    const requests = world.journal.entries({ operation: "listTaskRuns" });
    expect(requests.at(-1)?.reason).toMatchObject({ rule: "command-unknown" });
  }));
