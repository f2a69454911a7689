import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Argument, Command, Option } from "commander";
import type { ContractName } from "../../mocks/index.ts";
import { ContractError } from "../contract/contract-error.ts";
import type { Startable } from "./mock-contracts.ts";
import { configNames } from "./mock-config.ts";
import { ciNames, type CiName, filesFor, type ProjectFacts, scriptsFor } from "./init-files.ts";

type InitFlags = { readonly ci?: CiName; readonly dir: string };

/** What became of one file: wrote it, changed it, or kept it as it was. */
type Written = { readonly what: "wrote" | "changed" | "kept"; readonly name: string; readonly note: string };

const examples = `
Examples:
  sandglass init opencomputer
  sandglass init recoup --ci gitlab --dir services/agent`;

/**
 * The command `init`: configuration, scripts, a first test and a CI file for a project. What is there is left as it is.
 *
 * @param contracts - those that can be mocked
 */
export function createInitCommand(contracts: readonly Startable[]): Command {
  const names = contracts.map(({ contract }) => contract);
  return new Command("init")
    .description("write configuration, scripts, a first test and a CI file into a project")
    .addHelpText("after", examples)
    .addArgument(new Argument("<contract>", "the API that the project calls").choices(names))
    .addOption(
      new Option("--ci <name>", "where its CI runs; by default by the folders that are there").choices(ciNames),
    )
    .option("--dir <folder>", "the project", ".")
    .action((contract: ContractName, { ci, dir }: InitFlags) => {
      const { port } = contracts.find((one) => one.contract === contract)!;
      const written = initProject(dir, { contract, port, ...(ci === undefined ? {} : { ci }) });
      const advice = [
        ...(ci === undefined && ciOf(dir) === "none" ? [noCi] : []),
        ...(dependsOn(readManifest(dir).value, "vitest") ? [] : [noTest]),
      ];
      const width = Math.max(...written.map(({ name }) => name.length));
      const lines = written.map(({ what, name, note }) => `${what.padEnd(7)}  ${name.padEnd(width)}  ${note}`);
      console.log([...lines, "", ...advice, ...nextSteps(dir)].join("\n"));
    });
}

/**
 * Writes into a project what it lacks, and nothing over what is there.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` where there is no package.json, or it is no JSON object
 */
export function initProject(
  folder: string,
  {
    contract,
    port,
    ci = ciOf(folder),
  }: { readonly contract: ContractName; readonly port: number; readonly ci?: CiName },
): readonly Written[] {
  const manifest = readManifest(folder);
  const has = (name: string) => existsSync(join(folder, name));
  const facts: ProjectFacts = {
    ...{ contract, ci },
    isTyped: has("tsconfig.json"),
    isCommonJs: manifest.value["type"] === "commonjs",
    hasVitest: dependsOn(manifest.value, "vitest"),
  };
  const files = filesFor(facts, port).map(({ name, purpose, text }): Written => {
    // Two forms of one configuration would be one too many.
    const other = name.startsWith("sandglass.config.") ? configNames.find(has) : undefined;
    if (other !== undefined || has(name)) return { what: "kept", name: other ?? name, note: "it was there" };
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: "wx" });
    return { what: "wrote", name, note: purpose };
  });
  return [...files, addScripts(folder, manifest, scriptsFor(facts)), ...ignoreLedgers(folder)];
}

/** Where a project's CI runs, by what is there. */
function ciOf(folder: string): CiName {
  const has = (name: string) => existsSync(join(folder, name));
  return has(".github") ? "github" : has(".gitlab-ci.yml") ? "gitlab" : "none";
}

type Manifest = { readonly text: string; readonly value: Readonly<Record<string, unknown>> };

function readManifest(folder: string): Manifest {
  const path = join(folder, "package.json");
  const refuse = (reason: string) => new ContractError("CONFIG_INVALID", `${path}: ${reason}`);
  if (!existsSync(path)) throw refuse("there is none: run npm init -y first, or name the project with --dir");
  const text = readFileSync(path, "utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse(`this is not JSON: ${(cause as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refuse("this is no object");
  return { text, value: value as Manifest["value"] };
}

/** Adds the scripts whose names are free, and keeps the file's own indentation. */
function addScripts(folder: string, { text, value }: Manifest, scripts: Readonly<Record<string, string>>): Written {
  const own = (value["scripts"] ?? {}) as Readonly<Record<string, string>>;
  const added = Object.entries(scripts).filter(([name]) => !Object.hasOwn(own, name));
  const taken = Object.keys(scripts).filter((name) => Object.hasOwn(own, name) && own[name] !== scripts[name]);
  const note = [
    ...(added.length > 0 ? [`scripts: ${added.map(([name]) => name).join(", ")}`] : []),
    ...(taken.length > 0 ? [`has other scripts of the name: ${taken.join(", ")}`] : []),
  ].join("; ");
  if (added.length === 0) return { what: "kept", name: "package.json", note: note || "it has the scripts" };
  const indent = /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? "  ";
  const changed = { ...value, scripts: { ...own, ...Object.fromEntries(added) } };
  const end = text.endsWith("\n") ? "\n" : "";
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(changed, null, indent)}${end}`);
  return { what: "changed", name: "package.json", note };
}

/** Ledgers name sandboxes of an account: they stay on the machine. */
function ignoreLedgers(folder: string): readonly Written[] {
  const path = join(folder, ".gitignore");
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  if (/^\/?\.sandglass\/?$/m.test(text)) return [];
  writeFileSync(path, `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}.sandglass/\n`);
  return [{ what: "changed", name: ".gitignore", note: "leaves out .sandglass/, where runs keep their ledgers" }];
}

function dependsOn(manifest: Manifest["value"], name: string): boolean {
  return ["dependencies", "devDependencies"].some((kind) => Object.hasOwn(manifest[kind] ?? {}, name));
}

const noCi = "No CI file, since there is neither .github nor .gitlab-ci.yml: --ci github or --ci gitlab writes one.";

const noTest =
  "No first test, since vitest is not among the project's dependencies: npm install --save-dev vitest, and init again, writes one. " +
  "For jest, node:test and Playwright the guide on tests has recipes.";

function nextSteps(folder: string): readonly string[] {
  const { value } = readManifest(folder);
  return [
    ...(dependsOn(value, "sandglass")
      ? []
      : ["Sandglass is not among the project's dependencies: install it as its README says."]),
    "Next: npm run mock, and in another terminal SANDGLASS_KEY=… npm run conform. npx sandglass doctor says what is amiss.",
  ];
}
