import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe } from "vitest";
import { createSandboxTest, expect } from "./index.ts";

const test = createSandboxTest("opencomputer", { world: { clockScale: 0 } });
const recoupTest = createSandboxTest("recoup", { world: { clockScale: 0 }, mock: { seed: "7" } });

describe("worlds of tests", () => {
  const keys = new Set<string>();

  test("a test has a client, a clock that it moves, and a world of its own", async ({ sandboxes }) => {
    const { client, world } = sandboxes;
    const { sandboxID } = await client.sandboxes.create({ timeout: 60 });
    world.clock.advance(60_000);
    expect((await client.sandboxes.get(sandboxID)).status).toBe("hibernated");
    expect(world.journal.seen()).toBe(2);
    keys.add(sandboxes.key);
  });

  test("the next test has another, with other keys, on the same mock", async ({ sandboxes }) => {
    expect(await sandboxes.client.sandboxes.list()).toEqual([]);
    expect(keys.has(sandboxes.key)).toBe(false);
    expect([...sandboxes.mock.universe.worlds()].length).toBe(2);
    expect(Object.keys(sandboxes.keys)).toEqual(["acme", "globex"]);
    const answer = await sandboxes.fetch("/api/sandboxes", { headers: { "x-api-key": sandboxes.keys["globex"]! } });
    expect(answer.status).toBe(200);
  });
});

recoupTest("of the other contract, the client is another", async ({ sandboxes: { client, keys, contract } }) => {
  await client.sandboxes.create({});
  expect((await client.sandboxes.list()).sandboxes.map(({ sandboxStatus }) => sandboxStatus)).toEqual(["pending"]);
  expect([contract, Object.keys(keys)]).toEqual(["recoup", ["ada", "bob", "eve"]]);
});

describe("an answer", () => {
  test("keeps the contract, and can be read all the same", async ({ sandboxes }) => {
    const answer = await sandboxes.fetch("/api/sandboxes");
    await expect(answer).toMatchContract("listSandboxes");
    await expect(answer).toMatchContract("opencomputer/listSandboxes");
    expect(await answer.json()).toEqual([]);
    await expect(expect(answer).toMatchContract("listSandboxes")).rejects.toThrow("this body was read before");
    await expect(sandboxes.fetch("/api/sandboxes/sb-0")).toMatchContract("getSandbox");
  });

  test("breaks it by a status, a content type or a body, which is said", async ({ sandboxes }) => {
    const json = { headers: { "content-type": "application/json" } };
    const message = async (answer: Response) => expect(answer).toMatchContract("opencomputer/getSandbox");
    await expect(message(new Response("{}", { ...json, status: 418 }))).rejects.toThrow("status 418 is not documented");
    await expect(message(new Response("{}"))).rejects.toThrow('the content type of status 200 is "text/plain');
    await expect(message(new Response("{}", json))).rejects.toThrow(/breaks its schema: .*required property/);
    sandboxes.world.setFaults([{ id: "server-error" }]);
    await expect(sandboxes.fetch("/api/sandboxes")).not.toMatchContract("listSandboxes");
  });

  test("of an operation that two contracts have is asked whose it is; one that none has is refused", async () => {
    const answer = new Response("[]");
    await expect(expect(answer).toMatchContract("listSandboxes")).rejects.toThrow(
      'several contracts have listSandboxes: say "recoup/listSandboxes" or "opencomputer/listSandboxes"',
    );
    await expect(expect(answer).toMatchContract("getSandbocks" as "getSandbox")).rejects.toThrow(
      'there is no operation "getSandbocks": did you mean "getSandbox"?',
    );
    await expect(expect({}).toMatchContract("getSandbox")).rejects.toThrow("this is no Response");
  });
});

test("what is left running is leaked, until it is ended", async ({ sandboxes }) => {
  expect(sandboxes).toHaveLeakedNothing();
  const { sandboxID } = await sandboxes.client.sandboxes.create({ timeout: 60 });
  sandboxes.world.clock.advance(60_000);
  expect(sandboxes).not.toHaveLeakedNothing();
  expect(() => expect(sandboxes.world).toHaveLeakedNothing()).toThrow(
    `expected every sandbox to have ended, seen: ${sandboxID} (opencomputer, hibernated). End them`,
  );
  await sandboxes.client.sandboxes.kill(sandboxID);
  expect(sandboxes).toHaveLeakedNothing();
  expect(() => expect({}).toHaveLeakedNothing()).toThrow("give a test's sandboxes, or a world of a mock");
});

test("a test that fails is followed by what its world was asked; one that passes by nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandglass-vitest-"));
  try {
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "failing.test.ts"), failing(resolve("src/vitest/index.ts")));
    const run = promisify(execFile)("node", [resolve("node_modules/vitest/vitest.mjs"), "run", "--root", folder], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", CI: "" },
    });
    const { stdout, stderr } = await run.then(
      () => expect.unreachable("the test passes"),
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    expect(`${stdout}${stderr}`).toMatch(/1 failed[\s\S]*1 passed/);
    expect(stderr).toMatch(/asks too much: its world was asked\n.* 400 {2}POST .*\/api\/sandboxes .*timeout-negative/);
    expect(stderr).not.toContain("asks what it may: its world");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const failing = (entry: string) => `
import { createSandboxTest, expect } from ${JSON.stringify(entry)};

const test = createSandboxTest("opencomputer");
test("asks too much", async ({ sandboxes }) => {
  await sandboxes.client.sandboxes.create({ timeout: -1 });
});
test("asks what it may", async ({ sandboxes }) => {
  expect(await sandboxes.client.sandboxes.list()).toEqual([]);
});
`;

test("an option that there is not is refused, with the nearest", () => {
  expect(() => createSandboxTest("recoup", { wold: {} } as object)).toThrow(
    'there is no option "wold": did you mean "world"?',
  );
});
