import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { parse } from "yaml";
import { contracts } from "../../mocks/index.ts";
import { initProject } from "./init.ts";
import { loadConfig } from "./mock-config.ts";
import { createProgram } from "./program.ts";

function projectFixture(files: Readonly<Record<string, string>> = { "package.json": "{}\n" }) {
  const folder = mkdtempSync(join(tmpdir(), "sandglass-init-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return {
    folder,
    read: (name: string) => readFileSync(join(folder, name), "utf8"),
    has: (name: string) => existsSync(join(folder, name)),
    init: (ci?: "github" | "gitlab" | "none", contract: "recoup" | "opencomputer" = "opencomputer") =>
      initProject(folder, { contract, port: 4020, ...(ci === undefined ? {} : { ci }) }).map(
        ({ what, name }) => `${what} ${name}`,
      ),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

test("a project gets configuration and scripts; a second time everything is kept", () => {
  using project = projectFixture();
  expect(project.init()).toEqual(["wrote sandglass.config.js", "wrote sandglass.conform.json", "changed package.json"]);
  expect(JSON.parse(project.read("package.json"))).toEqual({
    scripts: {
      mock: "sandglass mock opencomputer",
      conform: "sandglass conform opencomputer --config sandglass.conform.json",
    },
  });
  expect(project.init()).toEqual(["kept sandglass.config.js", "kept sandglass.conform.json", "kept package.json"]);
});

test("what is there is never overwritten: files, scripts, another form of the configuration", () => {
  const own = '{\n\t"name": "app",\n\t"scripts": {\n\t\t"mock": "mine"\n\t}\n}';
  using project = projectFixture({
    "package.json": own,
    "sandglass.config.json": "{}",
    "sandglass.conform.json": "mine",
    ".gitignore": "dist",
  });
  expect(project.init()).toEqual([
    "kept sandglass.config.json",
    "kept sandglass.conform.json",
    "changed package.json",
    "changed .gitignore",
  ]);
  expect(project.read("sandglass.conform.json")).toBe("mine");
  expect(project.read("package.json")).toBe(
    own.replace('"mine"', '"mine",\n\t\t"conform": "sandglass conform opencomputer --config sandglass.conform.json"'),
  );
  expect(project.read(".gitignore")).toBe("dist\n.sandglass/\n");
  expect(project.init().slice(2)).toEqual(["kept package.json"]);
});

test("a project in TypeScript with vitest and a CI gets files of its kind", () => {
  using project = projectFixture({
    "package.json": '{"devDependencies":{"vitest":"5"}}',
    "tsconfig.json": "{}",
    ".github/dependabot.yml": "",
  });
  expect(project.init()).toEqual([
    "wrote sandglass.config.ts",
    "wrote sandglass.conform.json",
    "wrote sandboxes.test.ts",
    "wrote .github/workflows/conformance.yml",
    "changed package.json",
  ]);
});

test.each([
  ["javascript", {}, ["sandglass.config.mjs", "sandboxes.test.mjs"]],
  ["typescript", { "tsconfig.json": "{}" }, ["sandglass.config.mts", "sandboxes.test.mts"]],
] as const)("in CommonJS, which npm init writes, %s gets files that may say import", async (_, files, names) => {
  using project = projectFixture({
    "package.json": '{"type":"commonjs","devDependencies":{"vitest":"5"}}',
    ...files,
  });
  expect(project.init("none")).toEqual(expect.arrayContaining(names.map((name) => `wrote ${name}`)));
  const config = join(project.folder, names[0]);
  writeFileSync(config, project.read(names[0]).replace("sandglass/mock", resolve("mocks/index.ts")));
  expect(await loadConfig(config)).toMatchObject({ as: [], faults: [] });
});

test.each(["github", "gitlab"] as const)(
  "the file for %s is YAML, pins actions, and names flags that there are",
  async (ci) => {
    using project = projectFixture();
    project.init(ci);
    const text = project.read(ci === "github" ? ".github/workflows/conformance.yml" : "conformance.gitlab-ci.yml");
    expect(Object.keys(parse(text) as object)).toContain(ci === "github" ? "jobs" : "conformance");
    const versions = [...text.matchAll(/uses: \S+@(\S+)/g)].map(([, version]) => version);
    expect(versions.filter((version) => !/^[0-9a-f]{40}$/.test(version!))).toEqual([]);
    expect(versions).toHaveLength(ci === "github" ? 3 : 0);
    const known = new Set(
      (await createProgram(contracts)).commands.flatMap(({ options }) => options.map(({ long }) => long)),
    );
    const flags = text.match(/--[a-z][a-z-]+/g) ?? [];
    expect(flags.length).toBeGreaterThan(5);
    expect(flags.filter((flag) => !known.has(flag))).toEqual([]);
  },
);

test.each<[string, readonly string[], string, RegExp]>([
  ["no CI, it tells of it", [], "{}", /No CI file, [^]*--ci github or --ci gitlab/],
  ["no CI, and none is wanted, it does not", ["--ci", "none"], "{}", /^(?![^]*No CI file)/],
  ["no vitest, it says how to get a first test", [], "{}", /No first test, [^]*npm install --save-dev vitest/],
  [
    "vitest, it has written one",
    [],
    '{"devDependencies":{"vitest":"5"}}',
    /^(?![^]*No first test)[^]*sandboxes\.test\.js/,
  ],
])("where the project shows %s", async (_, flags, manifest, told) => {
  using project = projectFixture({ "package.json": manifest });
  const out: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((text) => void out.push(String(text)));
  const program = await createProgram(contracts);
  await program.parseAsync(["init", "recoup", "--dir", project.folder, ...flags], { from: "user" });
  log.mockRestore();
  expect(out.join("\n")).toMatch(told);
});

test("no project, and one that cannot be read, is refused and nothing is written", () => {
  for (const [text, reason] of [
    [undefined, "there is none: run npm init -y first"],
    ["{", "this is not JSON"],
    ["[]", "this is no object"],
  ] as const) {
    using project = projectFixture(text === undefined ? {} : { "package.json": text });
    expect(() => project.init("github")).toThrow(reason);
    expect(project.has("sandglass.config.js") || project.has(".github")).toBe(false);
  }
});

test.each(["recoup", "opencomputer"] as const)(
  "the configuration and the test that it writes for %s are good",
  async (contract) => {
    using project = projectFixture({ "package.json": '{"type":"module","devDependencies":{"vitest":"5"}}' });
    project.init("none", contract);
    const entry = (name: string) => resolve(name === "vitest" ? "src/vitest/index.ts" : "mocks/index.ts");
    for (const name of ["sandglass.config.js", "sandboxes.test.js"]) {
      const text = project.read(name).replace(/"sandglass\/(\w+)"/, (_, own: string) => JSON.stringify(entry(own)));
      writeFileSync(join(project.folder, name), text);
    }
    const run = promisify(execFile);
    const vitest = [resolve("node_modules/vitest/vitest.mjs"), "run", "--root", project.folder];
    const { stdout } = await run("node", vitest, { env: { ...process.env, NO_COLOR: "1" } });
    expect(stdout).toContain("1 passed");
    const doctor = await run("node", [resolve("src/cli/sandglass.js"), "doctor"], { cwd: project.folder });
    expect(doctor.stdout).toMatch(/^ok +configuration +sets as, faults$/m);
  },
);
