import { relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ContractError } from "../contract/contract-error.ts";
import { contractOptions, contracts as ownContracts, type Contract } from "../generate/contracts.ts";
import { generate, type GenerateOptions } from "../generate/generate.ts";
import { changedFiles, writeFiles } from "../generate/output-folder.ts";

/** Where a command writes its lines. */
export type Output = { readonly out: (line: string) => void; readonly err: (line: string) => void };

export type GenerateFlags = {
  readonly spec: string;
  readonly out: string;
  readonly overlay?: readonly string[];
  readonly check?: boolean;
};

export type GenerateContractsOptions = {
  /** Compares instead of writing. */
  readonly check: boolean;
  /** The repository; by default this one. */
  readonly root?: string;
  readonly contracts?: readonly Contract[];
  readonly output?: Output;
};

/** The process's own stdout and stderr. */
export const terminal: Output = { out: (line) => console.log(line), err: (line) => console.error(line) };

/**
 * Generates a user's own document.
 *
 * @returns the exit code: 0 written or up to date, 1 outdated (with `check`), 2 for a document or folder that is no good
 */
export async function generateFromFlags(flags: GenerateFlags, output: Output = terminal): Promise<number> {
  const { spec, out, overlay = [], check = false } = flags;
  const nameFromOut = (path: string) => relative(resolve(out), resolve(path)).split(sep).join("/");
  const options: GenerateOptions = {
    specPath: spec,
    overlayPaths: overlay,
    origin: { source: nameFromOut(spec), overlays: overlay.map(nameFromOut) },
  };
  return reportingErrors(output, async () => {
    const again = `run sandglass generate --spec ${spec} --out ${out}${overlay.map((path) => ` --overlay ${path}`).join("")}`;
    await deliver({ options, folder: out, label: out, check, again }, output);
  });
}

/**
 * Generates our own contracts from `specs/` into `generated/`, each of them whole or not at all.
 *
 * @returns the exit code: 0 written or up to date, 1 outdated (with `check`), 2 for a document that is no good
 */
export async function generateContracts(from: GenerateContractsOptions): Promise<number> {
  const { check, root = fileURLToPath(new URL("../..", import.meta.url)), contracts = ownContracts } = from;
  const { output = terminal } = from;
  let worst = 0;
  for (const contract of contracts) {
    const label = `generated/${contract.name}`;
    const options = contractOptions(contract, root);
    const code = await reportingErrors(output, () =>
      deliver({ options, folder: resolve(root, label), label, check, again: "run npm run generate" }, output),
    );
    worst = Math.max(worst, code);
  }
  return worst;
}

type Delivery = {
  readonly options: GenerateOptions;
  readonly folder: string;
  readonly label: string; // how messages name the folder
  readonly check: boolean;
  readonly again: string; // what brings outdated files up to date
};

async function deliver({ options, folder, label, check, again }: Delivery, output: Output): Promise<void> {
  const { files, warnings } = await generate(options);
  for (const warning of warnings) output.err(`warning: ${warning}`);
  if (check) {
    const outdated = await changedFiles(folder, files);
    const lines = outdated.map((name) => `${label}/${name} is outdated: ${again}`);
    if (lines.length > 0) throw new ContractError("GENERATED_OUTDATED", lines.join("\n"));
    return output.out(`${label}: up to date`);
  }
  const changed = await writeFiles(folder, files);
  output.out(changed.length === 0 ? `${label}: nothing changed` : `${label}: wrote ${changed.join(", ")}`);
}

async function reportingErrors(output: Output, action: () => Promise<void>): Promise<number> {
  try {
    await action();
    return 0;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    output.err(error.message);
    return error.code === "GENERATED_OUTDATED" ? 1 : 2;
  }
}
