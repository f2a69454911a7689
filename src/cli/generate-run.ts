import { relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../contract/clock.ts";
import { ContractError } from "../contract/contract-error.ts";
import { contractOptions, contracts as ownContracts, type OwnContract } from "../generate/contracts.ts";
import { generate, type Generated, type GenerateOptions } from "../generate/generate.ts";
import { groupWarnings } from "../generate/grouped-warnings.ts";
import { updateFiles } from "../generate/output-folder.ts";
import { displayPath, isUrl } from "../generate/source-document.ts";
import { createStepProgress } from "./generate-progress.ts";
import { isPlain } from "./interruptible.ts";

/** Where a command writes its lines. */
export type Output = { readonly out: (line: string) => void; readonly err: (line: string) => void };

export type GenerateFlags = {
  readonly spec: string;
  readonly out: string;
  readonly overlay?: readonly string[];
  readonly check?: boolean;
  readonly strict?: boolean;
  /** Whether `spec` may be an address in the network. */
  readonly fetch?: boolean;
  readonly allowRefs?: readonly string[];
  readonly client?: boolean;
};

type GenerateContractsOptions = {
  /** Compares instead of writing. */
  readonly check: boolean;
  /** The repository; by default this one. */
  readonly root?: string;
  readonly contracts?: readonly OwnContract[];
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
  const {
    spec,
    out,
    overlay = [],
    check = false,
    strict = false,
    fetch = false,
    allowRefs = [],
    client = true,
  } = flags;
  const nameFromOut = (path: string) =>
    isUrl(path) ? displayPath(path) : relative(resolve(out), resolve(path)).split(sep).join("/");
  const progress = createStepProgress(systemClock, process.stderr, { ci: isPlain(process.env) });
  const options: GenerateOptions = {
    specPath: spec,
    allowFetch: fetch,
    overlayPaths: overlay,
    origin: { source: nameFromOut(spec), overlays: overlay.map(nameFromOut) },
    strict,
    allowRefs,
    client,
    onStep: progress.step,
  };
  return reportingErrors(displayPath(spec), output, async () => {
    const again = `run sandglass generate --spec ${displayPath(spec)} --out ${out}${overlay.map((path) => ` --overlay ${path}`).join("")}`;
    const make = (staging: string) => generate(options, staging).finally(progress.end);
    await deliver({ make, folder: out, label: out, check, again }, output);
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
    const make = (staging: string) => generate(contractOptions(contract, root), staging);
    const code = await reportingErrors(contract.spec, output, async () => {
      await deliver({ make, folder: resolve(root, label), label, check, again: "run npm run generate" }, output);
    });
    worst = Math.max(worst, code);
  }
  return worst;
}

type Delivery = {
  readonly make: (staging: string) => Promise<Generated>;
  readonly folder: string;
  readonly label: string; // how messages name the folder
  readonly check: boolean;
  readonly again: string; // what brings outdated files up to date
};

async function deliver({ make, folder, label, check, again }: Delivery, output: Output): Promise<void> {
  let warnings: readonly string[] = [];
  const changed = await updateFiles({ folder, check }, async (staging) => {
    ({ warnings } = await make(staging));
  });
  for (const warning of groupWarnings(warnings)) output.err(`warning: ${warning}`);
  if (check) {
    const lines = changed.map((name) => `${label}/${name} is outdated: ${again}`);
    if (lines.length > 0) throw new ContractError("GENERATED_OUTDATED", lines.join("\n"));
    return output.out(`${label}: up to date`);
  }
  output.out(changed.length === 0 ? `${label}: nothing changed` : `${label}: wrote ${changed.join(", ")}`);
}

async function reportingErrors(spec: string, output: Output, action: () => Promise<void>): Promise<number> {
  try {
    await action();
    return 0;
  } catch (error) {
    const message = error instanceof ContractError ? error.message : `${spec}: ${unexpected(error)}`;
    output.err(`sandglass: ${message.replaceAll("\n", "\n  ")}`);
    return error instanceof ContractError && error.code === "GENERATED_OUTDATED" ? 1 : 2;
  }
}

/** What a library makes of a document that nothing before it found fault with: a defect of ours, but no reason for a stack trace. */
function unexpected(error: unknown): string {
  if (error instanceof RangeError)
    return "it is nested too deeply, or refers to itself without end: give inner schemas names";
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `it cannot be generated from, for a reason that was not foreseen (${reason}): please report it with the document`;
}
