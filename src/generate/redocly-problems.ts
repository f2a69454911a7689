import type { NormalizedProblem } from "@redocly/openapi-core";
import { ContractError } from "../contract/contract-error.ts";
import { isJsonObject, parsePointer, valueAt, type JsonValue } from "./json.ts";
import type { SourceDocument } from "./source-document.ts";

const problemsMax = 10;

/** Places whose members are named by the author, so that one starting with `x-` is no extension. */
const namesOfAuthors = new Set([
  ...["$defs", "callbacks", "content", "dependentSchemas", "encoding", "examples", "headers", "links", "parameters"],
  ...["pathItems", "patternProperties", "properties", "requestBodies", "responses", "schemas", "securitySchemes"],
]);

/** A file as it was read, and its value as it was checked. */
export type ReadFile = { readonly source: SourceDocument; readonly value: JsonValue };

/**
 * Refuses a document for what Redocly found in it, except for what is none of its business or no fault.
 *
 * @param fileAt - finds what was read by its absolute path: Redocly's own positions do not know about overlays
 * @throws {@link ContractError} `SPEC_UNREADABLE` with file, line and pointer of the first faults, one per line
 */
export function refuseProblems(
  problems: readonly NormalizedProblem[],
  fileAt: (path: string) => ReadFile | undefined,
): void {
  const faults = problems
    .filter(({ severity, ignored }) => severity === "error" && ignored !== true)
    .map((problem) => faultOf(problem, fileAt))
    .filter((fault) => !isInExtension(fault.steps) && !isNamedMapping(fault));
  if (faults.length === 0) return;
  const lines = [...new Set(faults.map(describe))];
  const rest = lines.length > problemsMax ? [`and ${lines.length - problemsMax} more like these`] : [];
  throw new ContractError("SPEC_UNREADABLE", [...lines.slice(0, problemsMax), ...rest].join("\n"));
}

type Fault = {
  readonly problem: NormalizedProblem;
  readonly where: string; // file, line, column and pointer
  readonly steps: readonly string[];
  readonly file: ReadFile | undefined;
};

function faultOf(problem: NormalizedProblem, fileAt: (path: string) => ReadFile | undefined): Fault {
  const [place] = problem.location;
  const pointer = (place && "pointer" in place ? (place.pointer ?? "") : "").replace(/^#\/?$/, "");
  const path = place?.source?.absoluteRef ?? "document";
  const file = fileAt(path);
  return { problem, where: file?.source.locate(pointer) ?? `${path} ${pointer}`, steps: parsePointer(pointer), file };
}

/** What an extension holds is its author's business; Redocly has rules for some that it uses itself. */
function isInExtension(steps: readonly string[]): boolean {
  return steps.some((step, index) => step.startsWith("x-") && !namesOfAuthors.has(steps[index - 1] ?? ""));
}

/** A discriminator may name a component schema instead of referring to it, which Redocly takes for a broken reference. */
function isNamedMapping({ steps, file }: Fault): boolean {
  const target = file && valueAt(file.value, steps);
  if (steps.at(-2) !== "mapping" || steps.at(-3) !== "discriminator" || typeof target !== "string") return false;
  return file !== undefined && valueAt(file.value, ["components", "schemas", target]) !== undefined;
}

function describe({ problem: { message, ruleId, suggest }, where, steps, file }: Fault): string {
  if (ruleId === "no-unresolved-refs" || message.startsWith("Can't resolve $ref")) {
    const node = file && valueAt(file.value, steps);
    const target = isJsonObject(node) ? node["$ref"] : node;
    const ref = typeof target === "string" ? `$ref ${target}` : "$ref";
    const reason = message.replace(/^Can't resolve \$ref:? ?/, "");
    return `${where}: ${ref}${reason === "" ? " leads nowhere: correct it, or add what it names" : `: ${reason}`}`;
  }
  const hint = suggest.length > 0 ? ` Did you mean ${suggest.slice(0, 3).join(", ")}?` : "";
  const advice = message.startsWith("Property `nullable`") ? ' In 3.1 it is `type: [string, "null"]`.' : hint;
  return `${where}: ${message}${advice} (rule ${ruleId})`;
}
