import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startMock } from "../mocks/index.ts";

/** A Python that has the vendor's SDK: the one that is named, or the one on the PATH. Undefined where that lacks it. */
const python = [process.env["SANDGLASS_PYTHON"], "python3"].find((name) => {
  try {
    return name !== undefined && execFileSync(name, ["-c", "import opencomputer"], { stdio: "ignore" }) !== undefined;
  } catch {
    return false;
  }
});

// Python and its packages are no npm packages, so a fresh machine may lack them; CI may not.
if (python === undefined) {
  test("no Python here has the vendor's SDK: `pip install opencomputer-sdk==0.6.9`, and name it in SANDGLASS_PYTHON", () => {
    expect(Boolean(process.env["CI"]), "CI has it: see .ci/run").toBe(false);
  });
} else {
  test("the vendor's Python SDK lives a life of sandboxes, unmodified", { timeout: 60_000 }, async () => {
    const mock = await startMock({ contract: "opencomputer" });
    const env = { ...process.env, OPENCOMPUTER_API_URL: mock.url, OPENCOMPUTER_API_KEY: "sandglass-acme" };
    try {
      const { stdout } = await promisify(execFile)(python, ["test/python-sdk.py"], { env });
      expect(JSON.parse(stdout)).toEqual({
        token: 43,
        command: [3, "hello\n", "oops\n"],
        checkpoints: ["ready"],
        restored: "first\n",
        listed: ["a.txt"],
        asleep: false,
        awake: "first\n",
        scaled: 8192,
        forked: "first\n",
        snapshot: ["ready", true],
        booted: "built\n",
        secret: "osb_sealed_",
      });
    } finally {
      await mock.close();
    }
  });
}
