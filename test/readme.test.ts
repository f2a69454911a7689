import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, globSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createConsumerProject, type ConsumerProject } from "./consumer-project.ts";
import { findBrokenPromise, listBlocks, listLocalLinks, listPromises, type Block } from "./markdown.ts";

const execute = promisify(execFile);
const readme = readFileSync("README.md", "utf8");
const [opening, ...blocks] = listBlocks(readme);
const shellBlocks = blocks.filter(({ language }) => language === "sh");
const programs = blocks.filter(({ language }) => language === "ts");

test("the README opens with two commands, and CI runs the second as it stands there", () => {
  const commands = opening?.code
    .trim()
    .split("\n")
    .map((line) => line.replace(/\s+#.*$/, ""));
  expect(readme.indexOf("```")).toBeLessThan(readme.indexOf("\n## "));
  expect(commands).toEqual(["npm ci && npm start", "npm ci && npm test"]);
  expect(readFileSync(".ci/run", "utf8")).toContain("npm ci && npm test");
});

test("every block of the README is of a kind that is run here", () => {
  expect(shellBlocks.length + programs.length).toBe(blocks.length);
  expect(shellBlocks.length).toBeGreaterThanOrEqual(4);
  expect(programs.length).toBeGreaterThanOrEqual(3);
  expect(readme.split("\n").length - 1).toBeLessThanOrEqual(150);
});

describe("against the mocks that npm start starts", () => {
  let mocks: StartedMocks;
  let project: ConsumerProject;
  beforeAll(async () => {
    project = createConsumerProject();
    mocks = await startMocks();
    cpSync("specs/opencomputer/openapi.yaml", join(project.folder, "openapi.yaml"));
  }, 60_000);
  afterAll(() => {
    mocks.stop();
    project.remove();
  });

  test.each(shellBlocks)("the shell block at line $line prints what it says", async ({ code }) => {
    const { output } = await runShell(mocks.atItsPorts(code), project.folder);
    expect({ broken: findBrokenPromise(output, listPromises(code)), output }).toEqual({ broken: undefined, output });
  });

  const fileOf = ({ code, line }: Block) => `line-${line}${code.includes('"sandglass/vitest"') ? ".test" : ""}.ts`;

  test("the programs type-check", () => {
    const files = programs.map((block) => project.write(fileOf(block), block.code));
    expect(project.checkTypes(files)).toEqual([]);
  }, 60_000);

  test.each(programs)(
    "the program at line $line runs, and prints what it says",
    async (block) => {
      const file = project.write(fileOf(block), mocks.atItsPorts(block.code));
      const { output } = file.endsWith(".test.ts")
        ? await run("vitest", ["run", "--root", project.folder, file], project.folder)
        : await run("node", [file], project.folder);
      expect({ broken: findBrokenPromise(output, listPromises(block.code)), output }).toEqual({
        broken: undefined,
        output,
      });
    },
    60_000,
  );

  test("the lines that npm start prints can be pasted", async () => {
    const lines = [...mocks.printed.matchAll(/\b(?:curl|npx sandglass) .*$/gm)].map(([line]) => line);
    expect(lines.length).toBeGreaterThanOrEqual(6);
    // One after the other: two runs at once would move the one clock of the default world under each other's feet.
    for (const line of lines) {
      const { output } = await runShell(line.replace("curl", "curl -sf"), project.folder);
      expect({ line, said: output !== "" }).toEqual({ line, said: true });
    }
  }, 60_000);

  test("every key of the README's table opens its API", async () => {
    const keys = [...readme.matchAll(/^\| (Recoup|OpenComputer) .*$/gm)].flatMap(([row, api]) =>
      [...row.matchAll(/`(sandglass-\w+)`/g)].map(([, key = ""]) => ({ api: api!, key })),
    );
    expect(keys).toHaveLength(5);
    const answers = await Promise.all(
      keys.map(({ api, key }) => fetch(`${mocks.urls.get(api)}/api/sandboxes`, { headers: { "x-api-key": key } })),
    );
    expect(answers.map(({ status }) => status)).toEqual(keys.map(() => 200));
  });
});

test("links between the documents lead somewhere", () => {
  const documents = globSync(["*.md", "docs/**/*.md", "specs/**/*.md"]);
  expect(documents.length).toBeGreaterThan(5);
  const dead = documents.flatMap((document) =>
    listLocalLinks(readFileSync(document, "utf8"))
      .filter((to) => !existsSync(join(dirname(document), to.replace(/#.*$/, ""))))
      .map((to) => `${document} -> ${to}`),
  );
  expect(dead).toEqual([]);
});

test("a broken promise is found", () => {
  expect(listPromises("ls # → a…c\n// → d")).toEqual(["a…c", "d"]);
  expect(findBrokenPromise("abc d", ["a…c", "d"])).toBeUndefined();
  expect(findBrokenPromise("d abc", ["a…c", "d"])).toBe("d");
  expect(findBrokenPromise("a\nc", ["a…c"])).toBe("a…c");
});

type StartedMocks = {
  readonly printed: string;
  readonly urls: ReadonlyMap<string, string>; // by the names in the README
  /** The same text for the ports that these mocks have. */
  readonly atItsPorts: (text: string) => string;
  readonly stop: () => void;
};

/** Runs `npm start` as a user would whose own Node may be older: only npm puts the pinned one on the path. */
async function startMocks(): Promise<StartedMocks> {
  const ports = ["--recoup-port", "0", "--opencomputer-port", "0"];
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  const env = { ...process.env, PATH: path.join(delimiter) };
  // In a group of its own, which is stopped as a whole: npm does not hand a signal on to what its shell has started.
  const child = spawn("npm", ["start", "--silent", "--", ...ports], {
    env,
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let printed = "";
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += String(chunk);
    if (/^OpenComputer[\s\S]*\n\n/m.test(printed)) break;
  }
  const urls = new Map(
    [...printed.matchAll(/^(Recoup|OpenComputer)\s+(http\S+)/gm)].map(([, api = "", url = ""]) => [api, url]),
  );
  const portOf = (api: string) => `:${new URL(urls.get(api) ?? "").port}`;
  return {
    printed,
    urls,
    atItsPorts: (text) => text.replaceAll(":4010", portOf("Recoup")).replaceAll(":4020", portOf("OpenComputer")),
    stop: () => {
      if (child.pid !== undefined) process.kill(-child.pid);
    },
  };
}

/** Runs a block in bash, which stops at the first command that fails. `npx sandglass` is the command of this repository. */
async function runShell(code: string, cwd: string): Promise<{ output: string }> {
  const npx = `npx() { [ "$1" = sandglass ] && shift && node '${resolve("src/cli/sandglass.js")}' "$@"; }`;
  return run("bash", ["-c", `set -euo pipefail\n${npx}\n${code}`], cwd);
}

async function run(program: string, args: readonly string[], cwd: string): Promise<{ output: string }> {
  const env = {
    ...process.env,
    PATH: [resolve("node_modules/.bin"), process.env["PATH"]].join(delimiter),
    NO_COLOR: "1",
  };
  const { stdout, stderr } = await execute(program, args, { cwd, env, maxBuffer: 16 * 1024 * 1024 });
  return { output: stdout + stderr };
}
