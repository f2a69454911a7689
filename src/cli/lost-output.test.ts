import { execFile } from "node:child_process";
import { expect, test } from "vitest";

/** Runs a command line in a shell, where its output goes to what follows; its exit code and all that is said on stderr. */
function runInto(args: string, rest: string): Promise<{ code: string; err: string }> {
  const script = `{ "$0" src/cli/main.ts ${args}; echo "exit $?" >&2; } ${rest}`;
  return new Promise((resolve) => {
    execFile("sh", ["-c", script, process.execPath], (_, _out, err) => {
      resolve({ code: /exit (\d+)\n$/.exec(err)?.[1] ?? "", err: err.replace(/exit \d+\n$/, "") });
    });
  });
}

test.each(["--help", "mock --help", "completion bash", "explain nothing-such"])(
  "a reader that ends before `%s` writes is no failure of it",
  { timeout: 30_000 },
  async (args) => {
    const { code, err } = await runInto(args, "| true");
    const { code: readCode, err: readErr } = await runInto(args, "| cat");
    expect({ code, err }).toEqual({ code: readCode, err: readErr });
  },
);

test("output that a full disk does not take is said", { timeout: 30_000 }, async () => {
  const { code, err } = await runInto("--help", "> /dev/full");
  expect(err).toMatch(/^sandglass: the output cannot be written: ENOSPC.*\n$/);
  expect(code).toBe("2");
});
