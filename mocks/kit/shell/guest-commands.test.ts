import { expect, test } from "vitest";
import { type Harness, withHarness } from "../../harness.fixture.ts";

type Ran = { readonly stdout: string; readonly stderr: string; readonly exitCode: number };

/** A sandbox in which commands are run. */
const withSandbox = (act: (run: (cmd: string) => Promise<Ran>, harness: Harness) => Promise<void>) =>
  withHarness({ contract: "opencomputer" }, async (harness) => {
    const { json } = await harness.call("/api/sandboxes", { body: {} });
    const at = `/api/sandboxes/${String(json["sandboxID"])}/exec/run`;
    await act(async (cmd) => (await harness.call(at, { body: { cmd } })).json as unknown as Ran, harness);
  });

test.each([
  ["whoami", "sandbox\n"],
  ["id -u", "1000\n"],
  ["sudo whoami", "root\n"],
  ["sudo id -u", "0\n"],
  ["sudo -n id", "uid=0(root) gid=0(root) groups=0(root)\n"],
  ["sudo -E printenv HOME | grep -c root", "1\n"],
  ["sudo -u sandbox whoami", "sandbox\n"],
  ["sudo sh -c 'whoami && cd && pwd | grep -c root'", "root\n1\n"],
  ["sudo A='one two' printenv A", "one two\n"],
  ["echo 'a b' | sudo tee /etc/f > /dev/null && sudo cat /etc/f", "a b\n"],
  ["sudo whoami; whoami", "root\nsandbox\n"],
])("%s prints %j", (cmd, stdout) =>
  withSandbox(async (run) => {
    expect(await run(cmd)).toEqual({ exitCode: 0, stdout, stderr: "" });
  }),
);

test("sudo ends as its command does, and a script stands for that too", () =>
  withSandbox(async (run, { world }) => {
    expect((await run("sudo sh -c 'exit 3'")).exitCode).toBe(3);
    expect((await run("sudo nothing-here")).exitCode).toBe(127);
    world.script("apt-get install -y jq", { stdout: "scripted\n" });
    expect((await run("sudo apt-get install -y jq")).stdout).toBe("scripted\n");
  }));

test("npm install and npm ci leave a folder for each package that they or package.json name", () =>
  withSandbox(async (run) => {
    const manifest = { dependencies: { left: "^1.0.0", "@scope/right": "2" }, devDependencies: { vitest: "5" } };
    await run(`cd /workspace && echo '${JSON.stringify(manifest)}' > package.json`);
    expect((await run("cd /workspace && npm ci")).stdout).toBe("\nadded 3 packages in 1s\n");
    expect((await run("cd /workspace/node_modules && find . -name package.json | sort")).stdout).toBe(
      "./@scope/right/package.json\n./left/package.json\n./vitest/package.json\n",
    );
    expect((await run("jq -r .name /workspace/node_modules/@scope/right/package.json")).stdout).toBe("@scope/right\n");
    expect((await run("cd /tmp && npm install --save-dev chalk@5 @types/node@22")).stdout).toMatch(/added 2 packages/);
    expect((await run("ls /tmp/node_modules /tmp/node_modules/@types")).stdout).toMatch(/chalk[^]*node/);
    expect((await run("cd /tmp && npm test")).stdout).toContain("all tests passed");
  }));

test("npm install is what a script of the caller's says, where there is one", () =>
  withSandbox(async (run, { world }) => {
    world.script("npm install *", { exitCode: 1, stderr: "npm error\n" });
    expect(await run("npm install left")).toEqual({ exitCode: 1, stdout: "", stderr: "npm error\n" });
    expect((await run("ls")).stdout).toBe("");
  }));
