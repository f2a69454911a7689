import { access, constants, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Report, ReportFormat } from "../../conformance/command.ts";
import { ContractError } from "../contract/contract-error.ts";
import { parseOptionFiles } from "./option-files.ts";
import type { OptionFile } from "./option-files.ts";
import type { Repository } from "./repository-places.ts";

/** The flag for the files of reports, and what it says of itself. */
export const reportFlag = [
  "--report <files>",
  "write reports: json=F,junit=F,md=F,html=F,sarif=F,github=- (- is standard output)",
] as const;

/** The name of a file that stands for standard output. */
const standardOutput = "-";

/**
 * Reads the files of `--report`. A job on GitHub gets annotations besides, unless they are named, or what is printed is for
 * another reader: a report on standard output, or the verdict alone.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for a form that there is not, or one without a file
 */
export function reportFiles(
  { report, json, quiet = false }: { readonly report?: string; readonly json?: string; readonly quiet?: boolean },
  formats: readonly ReportFormat[],
  isOnGithub = process.env["GITHUB_ACTIONS"] === "true",
): readonly OptionFile<ReportFormat>[] {
  const files =
    report === undefined ? [] : parseOptionFiles("--report", report, { formats, example: "json=report.json" });
  const isTaken =
    quiet ||
    json === standardOutput ||
    files.some(({ format, file }) => format === "github" || file === standardOutput);
  return isOnGithub && !isTaken ? [...files, { format: "github", file: standardOutput }] : files;
}

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
 * @param config - the file of `--config`, where there was one: it says where the repository has the contract's document
 * @throws {@link ContractError} `CONFIG_INVALID` for one that cannot be written, once the others are
 */
export async function writeReports(
  files: readonly OptionFile<ReportFormat>[],
  reports: readonly Report[],
  config?: string,
): Promise<void> {
  if (files.length === 0) return;
  const { contracts, createClauseFiles, formatReports } = await import("../../conformance/command.ts");
  const { placesInRepository } = await import("./repository-places.ts");
  const clauses = createClauseFiles(contracts);
  const places = placesInRepository(clauses, contracts, { ...repositoryOf(process.env), config });
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

/** A job may run in a folder of its repository; code hosts look files up from the top. */
function repositoryOf(environment: NodeJS.ProcessEnv): Repository {
  const { GITHUB_WORKSPACE, CI_PROJECT_DIR, GITHUB_WORKFLOW_REF: workflow } = environment;
  const top = resolve(GITHUB_WORKSPACE ?? CI_PROJECT_DIR ?? ".");
  return { root: `${process.cwd()}/`.startsWith(`${top}/`) ? top : process.cwd(), workflow };
}

function unwritable(file: string, cause: unknown): ContractError {
  const message = `${file} cannot be written: name a file in a folder that exists`;
  return new ContractError("CONFIG_INVALID", message, { cause });
}
