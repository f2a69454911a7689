import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ContractName } from "../../mocks/index.ts";
import type { KnownCallers } from "../../src/cli/known-callers.ts";
import { type Findings, readSandglass, readSchemathesis, readSpecmatic } from "./findings.ts";

/** One run of a tool against a mock. */
export type Task = {
  readonly contract: ContractName;
  readonly url: string;
  readonly callers: KnownCallers;
  readonly seed: number;
  /** An empty folder, in which the tool is started and leaves its reports. */
  readonly folder: string;
};

/** A tool that judges a server by an OpenAPI document or a contract. */
export type Tool = {
  readonly name: string;
  /** Its settings, in words that a reader can check. */
  readonly settings: string;
  /** Puts it into a folder, and says its version. */
  readonly install: (folder: string) => string;
  readonly start: (task: Task) => {
    readonly command: string;
    readonly args: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  };
  /** Its report's name, and what it reports there. */
  readonly report: string;
  readonly read: (report: string) => Findings;
};

/** What Schemathesis's own page on comparing it with other tools has, but for its budget in seconds. */
const thorough = ["--continue-on-failure", "--no-shrink", "--suppress-health-check", "all"];

const root = resolve(import.meta.dirname, "../..");
const documentOf = (contract: ContractName) => join(root, "generated", contract, "openapi.json");

/** How much the tools that draw their requests send. */
export type Sizes = { readonly examples: string; readonly combinations: string };

/** The tools of the comparison, to be kept in this folder. */
export function listTools(folder: string, { examples, combinations }: Sizes): readonly Tool[] {
  const schemathesis = join(folder, "schemathesis/bin/st");
  const specmatic = join(folder, "node_modules/specmatic/specmatic.jar");
  return [
    {
      name: "Sandglass",
      settings: "`conform`, default profile and budget, both tenants' keys; `--config` with the accounts of Recoup",
      install: () =>
        execFileSync("git", ["log", "-1", "--format=%h", "--", "src", "mocks", "conformance", "specs"], {
          cwd: root,
          encoding: "utf8",
        }).trim(),
      start: ({ contract, url, callers, seed, folder: cwd }) => {
        const { key, otherKey, memberAccount, foreignAccount } = callers;
        const accounts = contract === "recoup" ? { memberAccount, foreignAccount } : {};
        writeFileSync(join(cwd, "config.json"), JSON.stringify({ [contract]: accounts }));
        const keys = { SANDGLASS_KEY: key ?? "", SANDGLASS_OTHER_KEY: otherKey ?? "" };
        const flags = ["--config", "config.json", "--seed", String(seed), "--report", "json=report.json", "--quiet"];
        const args = [join(root, "src/cli/sandglass.js"), "conform", contract, "--url", url, ...flags];
        return { command: process.execPath, args, environment: keys };
      },
      report: "report.json",
      read: readSandglass,
    },
    {
      name: "Schemathesis",
      settings: `\`st run --checks all ${thorough.join(" ")}\`, all phases, both tenants as \`peers\`, \`--max-examples ${examples}\` (100 by default)`,
      install: () => {
        if (!existsSync(schemathesis)) {
          execFileSync("python3", ["-m", "venv", join(folder, "schemathesis")]);
          execFileSync(join(folder, "schemathesis/bin/pip"), ["install", "--quiet", "schemathesis==4.32.5"]);
        }
        return execFileSync(schemathesis, ["--version"], { encoding: "utf8" }).trim().replace(/^.* /, "");
      },
      start: ({ contract, url, callers, seed, folder: cwd }) => {
        const auth = [callers.key, callers.otherKey].map((value, at) => ({
          name: `tenant-${at}`,
          fixedHeaders: [{ name: headerOf(contract), value }],
        }));
        writeFileSync(join(cwd, "auth.json"), JSON.stringify({ auth }));
        writeFileSync(join(cwd, "st.toml"), '[auth.wfc]\npath = "auth.json"\npeers = ["tenant-0", "tenant-1"]\n');
        const checks = ["--checks", "all", ...thorough, "--max-examples", examples, "--seed", String(seed)];
        const report = ["--report", "json", "--report-json-path", "report.json", "--no-color"];
        const args = ["--config-file", "st.toml", "run", documentOf(contract), "--url", url, ...checks, ...report];
        return { command: schemathesis, args };
      },
      report: "report.json",
      read: readSchemathesis,
    },
    {
      name: "Specmatic",
      settings: `\`specmatic test\` with \`SPECMATIC_GENERATIVE_TESTS=true\` and the key by the scheme's name; \`MAX_TEST_REQUEST_COMBINATIONS=${combinations}\` (no bound by default)`,
      install: () => {
        if (!existsSync(specmatic)) {
          writeFileSync(join(folder, "package.json"), "{}");
          execFileSync("npm", ["install", "--silent", "specmatic@2.55.1"], { cwd: folder });
        }
        const said = execFileSync("java", ["-jar", specmatic, "--version"], { cwd: folder, encoding: "utf8" });
        return /v?(\d+\.\d+\.\d+)/.exec(said)?.[1] ?? said.trim();
      },
      start: ({ contract, url, callers: { key = "" } }) => {
        // Half of a short run is the compilation of Java: the first compiler alone takes less of the machine.
        const java = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", specmatic];
        const args = [...java, "test", documentOf(contract), `--testBaseURL=${url}`, "--junitReportDir=junit"];
        const keys = { apiKey: key, ApiKeyAuth: key, BearerAuth: key };
        const bounds = { SPECMATIC_GENERATIVE_TESTS: "true", MAX_TEST_REQUEST_COMBINATIONS: combinations };
        return { command: "java", args, environment: { ...keys, ...bounds } };
      },
      report: "junit/TEST-junit-jupiter.xml",
      read: readSpecmatic,
    },
  ];
}

function headerOf(contract: ContractName): string {
  return contract === "recoup" ? "x-api-key" : "X-API-Key"; // as the document has it, or checks of credentials send it all the same
}
