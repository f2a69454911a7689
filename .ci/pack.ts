// Looks at the package as its user gets it: builds it, packs it, installs it into an empty project, and uses it there,
// first without what is optional and then with it, under each Node that it is for.
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { expectedOutput, installedBytesMax, listUnwantedFiles, type PackedFile } from "./package-contents.ts";
import { followGuide } from "./guides.ts";
import { createPackedProject, fetchNode, root, run, type NodeProject, type PackedProject } from "./packed-project.ts";

const work = mkdtempSync(join(tmpdir(), "sandglass-pack-"));
const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { engines: { node: string } };
/** The oldest Node that package.json allows, the one that most have, and the pinned one. */
const otherNodes = [`${engines.node.replace(">=", "")}.0`, "24"];

// Pages that are named are followed, and nothing else is looked at.
const pages = process.argv.slice(2);

try {
  const tarball = await pack();
  if (pages.length > 0) await followAll(pages, tarball);
  else await tryAll(tarball);
} catch (error) {
  const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
  console.error(`${String(error)}\n${stdout}${stderr}`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function tryAll(tarball: string): Promise<void> {
  await lint(tarball);
  const project = createPackedProject(join(work, "project"));
  await install(project, tarball);
  await checkTypes(project);
  const nodes = ["pinned", ...otherNodes];
  const under = await Promise.all(
    nodes.map(async (version) =>
      project.under(version === "pinned" ? `${root}/node_modules/.bin` : await fetchNode(version)),
    ),
  );
  for (const each of under) await tryWithoutPeers(each);
  await installPeers(project, under[0]!);
  for (const each of under) await tryWithPeers(each);
  await tryOldestVitest(tarball);
  await followAll(globSync("docs/{tutorials,guides}/*.md", { cwd: root }).sort(), tarball);
  console.log("the package works in an empty project");
}

/** Each page to its first fault, so that one run tells all of them. Two at a time: most of a page is waiting for npm. */
async function followAll(names: readonly string[], tarball: string): Promise<void> {
  const faults: unknown[] = [];
  const waiting = [...names];
  const followNext = async (): Promise<void> => {
    for (let page = waiting.shift(); page !== undefined; page = waiting.shift()) {
      await followGuide(page, tarball, work).catch((error: unknown) => faults.push(error));
    }
  };
  await Promise.all([followNext(), followNext()]);
  if (faults.length > 0) throw new Error(faults.map(String).join("\n\n"));
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

async function install(project: PackedProject, tarball: string): Promise<void> {
  const startMs = performance.now();
  await project.install([tarball]);
  const { bytes, names } = await project.measure();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`installed: ${names.length} packages, ${kib(bytes)}, in ${seconds} s`);
  if (bytes > installedBytesMax) throw new Error(`${bytes} bytes are installed, of ${installedBytesMax} at most`);
}

async function checkTypes(project: PackedProject): Promise<void> {
  project.write("consumer.ts", expectedOutput.consumer);
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
  project.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
  await run("tsc", ["-p", "tsconfig.json"], project.folder);
  console.log("type-checked: a consumer");
}

/** Everything but what asks for an optional peer, which says so. */
async function tryWithoutPeers(project: NodeProject): Promise<void> {
  const version = await project.script("console.log(process.version)");
  await importEntryPoints(project, expectedOutput.exports);
  // The shell of the sandboxes is a file of the package, and none of what its own package depends on is there.
  const printed = await project.script(expectedOutput.sandboxScript);
  if (printed !== expectedOutput.sandboxResult) throw new Error(`a command came to ${printed}`);
  for (const command of ["mock", "conform", "generate"]) await sandglass(project, [command, "--help"]);
  const { version: own } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const { stdout } = await sandglass(project, ["--version"]);
  if (stdout.trim() !== own) throw new Error(`sandglass --version says ${stdout.trim()}, package.json ${own}`);
  const command = await peersCommand(project);
  const answerMs = await project.firstAnswerMs();
  console.log(`${version}: entry points, a command in a sandbox, the mock's first answer in ${answerMs.toFixed(0)} ms`);
  console.log(`${version}: without its peers, sandglass generate says: ${command}`);
}

async function importEntryPoints(
  project: NodeProject,
  exports: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  for (const [name, exported] of Object.entries(exports)) {
    const script = `const m = await import(${JSON.stringify(name)}); console.log(Object.keys(m).join(" "));`;
    const names = await project.script(script);
    const missing = exported.filter((each) => !names.split(" ").includes(each));
    if (missing.length > 0) throw new Error(`${name} lacks ${missing.join(", ")}; it has ${names}`);
  }
}

/** The command that `sandglass generate` names where its packages are missing. */
async function peersCommand(project: NodeProject): Promise<string> {
  const refusal = await sandglass(project, generateArgs("api")).then(
    () => "",
    ({ code, stderr }: { code: number; stderr: string }) => (code === 2 ? stderr : `exit ${code}: ${stderr}`),
  );
  const command = /^ {2}(npm install .*)$/m.exec(refusal)?.[1];
  if (command === undefined) throw new Error(`sandglass generate names no command, but says: ${refusal}`);
  return command;
}

/** By the command that was printed, and vitest as the repository has it. */
async function installPeers(project: PackedProject, node: NodeProject): Promise<void> {
  const command = await peersCommand(node);
  await project.install(command.split(" ").slice(2));
  console.log(`installed with the generator's peers: ${kib((await project.measure()).bytes)}`);
  await project.install(["msw@3.0.0"]); // the oldest that package.json asks for
  project.link("vitest");
  project.write("laws.test.js", expectedOutput.vitestFile);
}

async function tryWithPeers(project: NodeProject): Promise<void> {
  const version = await project.script("console.log(process.version)");
  await project.run("vitest", ["run", "--reporter=dot", "laws.test.js"]);
  await importEntryPoints(project, expectedOutput.exportsWithPeers);
  const { stdout } = await sandglass(project, generateArgs(`api-${version}`));
  if (!stdout.includes("wrote client.ts")) throw new Error(`sandglass generate says ${stdout}`);
  console.log(`${version}: laws as vitest tests, code of a document`);
}

async function tryOldestVitest(tarball: string): Promise<void> {
  const project = createPackedProject(join(work, "oldest-vitest"));
  await project.install([tarball, "vitest@3.2.0"], []); // its bundler is optional by name, and needed
  project.write("laws.test.js", expectedOutput.vitestFile);
  await project.under(`${project.folder}/node_modules/.bin`).run("vitest", ["run", "--reporter=dot", "laws.test.js"]);
  console.log("ran: the same with vitest 3.2.0");
}

function generateArgs(out: string): readonly string[] {
  return ["generate", "--spec", "node_modules/sandglass/specs/opencomputer/openapi.yaml", "--out", out];
}

async function sandglass(project: NodeProject, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return project.run("node", ["node_modules/sandglass/src/cli/sandglass.js", ...args]);
}

function kib(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
