// Looks at the package as its user gets it: builds it, packs it, installs it into an empty project, and uses it there.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import { expectedOutput, listUnwantedFiles, type PackedFile } from "./package-contents.ts";

const execute = promisify(execFile);
const root = resolve(import.meta.dirname, "..");
const work = mkdtempSync(join(tmpdir(), "sandglass-pack-"));
const project = join(work, "project");
// The pinned Node first, whatever the machine has; no pins of npm's own leak into the empty project.
const env = { ...process.env, PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter) };

try {
  const tarball = await pack();
  await lint(tarball);
  await install(tarball);
  await importEntryPoints();
  await checkTypes();
  await runInSandbox();
  await runVitest();
  await runCommand();
  console.log("the package works in an empty project");
} catch (error) {
  const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
  console.error(`${String(error)}\n${stdout}${stderr}`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function pack(): Promise<string> {
  await run("node", [".ci/build.ts"], root);
  // Just built: `prepack` is for those who pack by hand.
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", work], root);
  const packed = (
    JSON.parse(stdout) as { filename: string; size: number; unpackedSize: number; files: PackedFile[] }[]
  )[0]!;
  const unwanted = listUnwantedFiles(packed.files);
  if (unwanted.length > 0)
    throw new Error(`the package holds what it should not, or lacks something:\n${unwanted.join("\n")}`);
  const { filename, size, unpackedSize, files } = packed;
  console.log(`packed: ${filename}, ${kib(size)}, unpacked ${kib(unpackedSize)}, ${files.length} files`);
  return join(work, filename);
}

/** Asks two readers of packages whether every entry point resolves, and its types say what its code is. */
async function lint(tarball: string): Promise<void> {
  await run("publint", ["run", tarball, "--strict"], root);
  await run("attw", [tarball, "--profile", "esm-only"], root); // ES modules alone, as package.json says
  console.log("linted: publint and attw find nothing");
}

async function install(tarball: string): Promise<void> {
  await run("mkdir", [project], work);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  const startMs = performance.now();
  await run("npm", ["install", tarball, "--prefer-offline", "--no-audit", "--no-fund", "--omit=optional"], project);
  const { stdout } = await run("du", ["-sk", "node_modules"], project);
  const { stdout: list } = await run("npm", ["ls", "--all", "--parseable"], project);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const packages = list.trim().split("\n").length - 1;
  console.log(`installed: ${packages} packages, ${kib(Number.parseInt(stdout, 10) * 1024)}, in ${seconds} s`);
  if (/[/\\]@stoplight[/\\]/.test(list)) throw new Error("Prism came along: it is an optional peer, and heavy");
}

async function importEntryPoints(): Promise<void> {
  for (const [name, exported] of Object.entries(expectedOutput.exports)) {
    const script = `const m = await import(${JSON.stringify(name)}); console.log(Object.keys(m).join(" "));`;
    const { stdout } = await run("node", ["--input-type=module", "-e", script], project);
    const missing = exported.filter((each) => !stdout.trim().split(" ").includes(each));
    if (missing.length > 0) throw new Error(`${name} lacks ${missing.join(", ")}; it has ${stdout}`);
    console.log(`imported: ${name}`);
  }
}

async function checkTypes(): Promise<void> {
  writeFileSync(join(project, "consumer.ts"), expectedOutput.consumer);
  const compilerOptions = {
    module: "nodenext",
    target: "es2022",
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false, // the package's own declarations are what is looked at
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
  await run("tsc", ["-p", "tsconfig.json"], project);
  console.log("type-checked: a consumer");
}

/** The shell of the sandboxes is a file of the package, and none of what its own package depends on is there. */
async function runInSandbox(): Promise<void> {
  const script = `
    import { createOpenComputerClient } from "sandglass";
    import { startMock } from "sandglass/mock";
    const mock = await startMock({ contract: "opencomputer" });
    const { sandboxes, commands } = createOpenComputerClient({ baseUrl: mock.url, apiKey: "sandglass-acme" });
    const { sandboxID } = await sandboxes.create();
    const result = await commands.run(sandboxID, "seq 3 | awk '{ sum += $1 } END { print sum }' && tar --help > a && gzip a");
    console.log(JSON.stringify(result));
    await mock.close();`;
  const { stdout } = await run("node", ["--input-type=module", "-e", script], project);
  if (stdout.trim() !== '{"exitCode":0,"stdout":"6\\n","stderr":""}') throw new Error(`a command came to ${stdout}`);
  console.log("ran: a command in a sandbox");
}

/** `sandglass/vitest` needs its user's vitest: here the repository's own. */
async function runVitest(): Promise<void> {
  symlinkSync(join(root, "node_modules/vitest"), join(project, "node_modules/vitest"));
  writeFileSync(join(project, "laws.test.js"), expectedOutput.vitestFile);
  await run("vitest", ["run", "--reporter=dot", "laws.test.js"], project);
  console.log("ran: laws as vitest tests");
}

async function runCommand(): Promise<void> {
  for (const args of [["--help"], ["mock", "--help"], ["conform", "--help"], ["generate", "--help"], ["--version"]]) {
    await run("npx", ["--no-install", "sandglass", ...args], project);
  }
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const { stdout } = await run("npx", ["--no-install", "sandglass", "--version"], project);
  if (stdout.trim() !== version) throw new Error(`sandglass --version says ${stdout.trim()}, package.json ${version}`);
  const answerMs = await firstAnswer();
  console.log(`ran: npx sandglass; the mock's first answer came after ${answerMs.toFixed(0)} ms`);
}

/** Starts the installed mock on free ports and asks it for a list. Milliseconds from start to answer. */
async function firstAnswer(): Promise<number> {
  const startMs = performance.now();
  const command = join(project, "node_modules/sandglass/src/cli/sandglass.js");
  const child = spawn("node", [command, "mock", "--recoup-port", "0", "--opencomputer-port", "0"], {
    cwd: project,
    env,
  });
  try {
    let text = "";
    for await (const chunk of child.stdout) {
      text += String(chunk);
      const url = /^OpenComputer\s+(http\S+)/m.exec(text)?.[1];
      if (url === undefined) continue;
      const answer = await fetch(`${url}/api/sandboxes`, { headers: { "X-API-Key": "sandglass-acme" } });
      if (answer.status !== 200) throw new Error(`the installed mock answers ${answer.status}`);
      return performance.now() - startMs;
    }
    throw new Error(`the installed mock ended before it said where it is: ${text}`);
  } finally {
    child.kill();
  }
}

async function run(program: string, args: readonly string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
  return execute(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
}

function kib(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
