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

test("a command that is not done after 15 minutes is timed out, and leaves no snapshot", () =>
  onRun({ command: "echo early; sleep 1000; echo late" }, async (read, { call }) => {
    expect((await read(3_000)).status).toBe("EXECUTING");
    expect((await read(890_000)).status).toBe("EXECUTING");
    const run = await read(10_000);
    expect(run).toMatchObject({
      status: "TIMED_OUT",
      isFailed: true,
      error: { message: "Run exceeded maximum compute time (maxDuration) of 900 seconds" },
    });
    expect(run.output).toBeUndefined();
    expect((await call("/api/sandboxes")).json["snapshot_id"]).toBeNull();
  }));

test("a run that has ended sets the account's snapshot and commits what it wrote, though no caller asked about it", () =>
  withHarness({ contract: "recoup" }, async ({ call, clock }) => {
    const command = "mkdir -p src; echo one > src/a.txt; echo iVBORw== | base64 -d > a.png; rm README.md";
    await call("/api/sandboxes", { body: { command } });
    expect((await call("/api/sandboxes")).json).toMatchObject({ snapshot_id: null, github_repo: null });
    clock.advance(3_000);
    const { json } = await call("/api/sandboxes");
    expect(json["snapshot_id"]).toMatch(/^snap_/);
    expect((json["filetree"] as { path: string }[]).map(({ path }) => path)).toEqual(["src", "src/a.txt", "a.png"]);
    expect((await call("/api/sandboxes/file?path=src/a.txt")).json["content"]).toBe("one\n");
    expect((await call("/api/sandboxes/file?path=a.png")).json).toMatchObject({
      content: "iVBORw==",
      encoding: "base64",
    });
  }));

test("the next sandbox starts from the snapshot, and has what was uploaded meanwhile", () =>
  withHarness({ contract: "recoup" }, async ({ call, clock }) => {
    const runIn = async (command: string) => {
      const { json } = await call("/api/sandboxes", { body: { command } });
      const [{ runId }] = json["sandboxes"] as [{ runId: string }];
      clock.advance(3_000);
      return ((await call(`/api/tasks/runs?runId=${runId}`)).json["runs"] as [Run])[0].output!["stdout"];
    };
    await runIn("echo //4= | base64 -d > odd.dat; echo kept > /workspace/kept.txt");
    await call("/api/sandboxes/files", { body: { files: [{ url: "data:,uploaded", name: "b.txt" }] } });
    const look = "cat /workspace/kept.txt b.txt; wc -c < odd.dat";
    expect(await runIn(look)).toBe("kept\nuploaded2\n");
    clock.advance(8 * 24 * 3_600_000); // a snapshot is used for seven days
    expect(await runIn(look)).toBe("uploaded2\n");
  }));
