import { existsSync } from "node:fs";
import { access, constants, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { ClauseLocator, Report, ReportFormat } from "../../conformance/command.ts";
import { ContractError } from "../contract/contract-error.ts";
import type { OptionFile } from "./option-files.ts";

/** The name of a file that stands for standard output. */
const standardOutput = "-";

/**
 * Refuses what cannot be written, before anything is judged: what a run has cost is spent when its reports turn out to have no
 * place.
 *
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export async function assertWritable(file: string): Promise<void> {
  if (file === standardOutput) return;
  try {
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory() === true) throw new Error("it is a folder");
    await access(found === undefined ? dirname(file) : file, constants.W_OK);
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/**
 * Writes reports to each of the files, in its form.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for one that cannot be written, once the others are
 */
export async function writeReports(
  files: readonly OptionFile<ReportFormat>[],
  reports: readonly Report[],
): Promise<void> {
  if (files.length === 0) return;
  const { contracts, createClauseFiles, formatReports } = await import("../../conformance/command.ts");
  const clauses = createClauseFiles(contracts);
  const places = placesInRepository(clauses, existsSync, process.env["GITHUB_WORKFLOW_REF"]);
  const failed: ContractError[] = [];
  for (const { format, file } of files) {
    const text = formatReports(format, reports, lookedUp.includes(format) ? places : clauses);
    if (file === standardOutput) {
      process.stdout.write(text);
      continue;
    }
    const write = writeFile(file, text);
    await write.catch((cause: unknown) => failed.push(unwritable(file, cause))); // the others are wanted all the same
  }
  if (failed[0] !== undefined) throw failed[0];
}

/** The forms whose places a code host looks up in the repository in which the command ran. */
const lookedUp: readonly ReportFormat[] = ["sarif", "github"];

/** What a repository that judges a deployment may have, the file that says most about it first. */
const ownFiles = ["sandglass.conform.json", "conformance.gitlab-ci.yml", ".gitlab-ci.yml", "package.json", "README.md"];

/**
 * Places of clauses that a repository has: most have none of the contracts' documents. There the top of the workflow that runs the
 * command stands for a clause, or that of another file of its own.
 *
 * @param has - whether the repository has a file
 * @param workflow - `GITHUB_WORKFLOW_REF`: "octo/app/.github/workflows/night.yml@refs/heads/main"
 */
export function placesInRepository(
  locate: ClauseLocator,
  has: (file: string) => boolean,
  workflow = "",
): ClauseLocator {
  const own = /^[^/]+\/[^/]+\/([^@]+)@/.exec(workflow)?.[1] ?? ownFiles.find(has);
  const top = own === undefined ? undefined : { file: own, line: 1, column: 1, endColumn: 2 };
  return (contract, source) => {
    const place = locate(contract, source);
    return place === undefined || has(place.file) ? place : top;
  };
}

function unwritable(file: string, cause: unknown): ContractError {
  const message = `${file} cannot be written: name a file in a folder that exists`;
  return new ContractError("CONFIG_INVALID", message, { cause });
}
