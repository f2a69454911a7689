import type { NormalizedProblem } from "@redocly/openapi-core";
import { ContractError } from "../contract/contract-error.ts";
import { parsePointer } from "../contract/json-pointer.ts";
import { isJsonObject, valueAt, type JsonValue } from "./json.ts";
import { isExtensionName } from "./redocly-types.ts";
import type { SourceDocument } from "./source-document.ts";

const problemsMax = 10;

/** Places whose members are named by the author, so that one starting with `x-` is no extension. */
const namesOfAuthors = new Set([
  ...["$defs", "callbacks", "content", "dependentSchemas", "encoding", "examples", "headers", "links", "parameters"],
  ...["pathItems", "patternProperties", "properties", "requestBodies", "responses", "schemas", "securitySchemes"],
]);

/** Members that types are made of: without one that is malformed, something else would be described. */
const shapes = new Set([
  ...[
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "components",
    "const",
    "content",
    "enum",
    "in",
    "items",
    "name",
  ],
  ...["not", "oneOf", "parameters", "paths", "prefixItems", "properties", "requestBodies", "requestBody", "responses"],
  ...["schema", "schemas", "type", "webhooks", "get", "put", "post", "delete", "options", "head", "patch", "trace"],
]);

/** Keywords of JSON Schema that 3.0 does not have and 3.1 does, by which authors of 3.0 documents mean what they mean in 3.1. */
const newerKeywords = new Set([
  ...["$comment", "$defs", "const", "contains", "contentEncoding", "contentMediaType", "contentSchema", "else"],
  ...["dependentRequired", "dependentSchemas", "examples", "if", "maxContains", "minContains", "patternProperties"],
  ...["prefixItems", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"],
  "nullable", // which 3.1 does not have, and which is read as in 3.0
]);

const typeNames = ["array", "boolean", "integer", "null", "number", "object", "string"];

/** A file as it was read, and its value as it was checked. */
export type ReadFile = { readonly source: SourceDocument; readonly value: JsonValue };

export type Judgement = {
  /** What breaks the specification without touching a type: `where: what (rule …)`, one for each place. */
  readonly warnings: readonly string[];
  /** Takes what was found to be left out from the values that were checked. */
  readonly mend: () => void;
};

export type JudgeOptions = {
  /** Refuses every fault. */
  readonly strict: boolean;
  /** Finds what was read by its absolute path: Redocly's own positions do not know about overlays. */
  readonly fileAt: (path: string) => ReadFile | undefined;
  /** Whether the document is of OpenAPI 3.1. */
  readonly is31: boolean;
  /** Whether something refers to a place, or to one inside it. */
  readonly isReferredTo: (steps: readonly string[]) => boolean;
};

/**
 * Judges what Redocly found in a document: no fault, a fault that is warned of, or one that is refused.
 *
 * @throws {@link ContractError} `SPEC_UNREADABLE` with file, line and pointer of the first faults, one per line
 */
export function judgeProblems(problems: readonly NormalizedProblem[], options: JudgeOptions): Judgement {
  const faults = withSharedKept(
    problems
      .filter(({ severity, ignored }) => severity === "error" && ignored !== true)
      .map((problem) => faultOf(problem, options))
      .filter(({ remedy }) => remedy !== "none"),
  );
  const refused = options.strict ? faults : faults.filter(({ remedy }) => remedy === "refuse");
  if (refused.length > 0) throw refusal(refused.map(describe));
  const lines = faults.map((fault) => `${describe(fault)}${fault.remedy === "leave out" ? ": left out" : ""}`);
  return { warnings: [...new Set(lines)], mend: () => leaveOut(faults.filter(({ remedy }) => remedy === "leave out")) };
}

function refusal(lines: readonly string[]): ContractError {
  const distinct = [...new Set(lines)];
  const rest = distinct.length > problemsMax ? [`and ${distinct.length - problemsMax} more like these`] : [];
  return new ContractError("SPEC_UNREADABLE", [...distinct.slice(0, problemsMax), ...rest].join("\n"));
}

type Place = {
  readonly steps: readonly string[];
  readonly file: ReadFile | undefined;
  readonly value: JsonValue | undefined;
};
type Fault = Place & {
  readonly problem: NormalizedProblem;
  readonly where: string; // file, line, column and pointer
  readonly remedy: "none" | "keep" | "leave out" | "refuse";
};

function faultOf(problem: NormalizedProblem, options: JudgeOptions): Fault {
  const [spot] = problem.location;
  const pointer = (spot && "pointer" in spot ? (spot.pointer ?? "") : "").replace(/^#\/?$/, "");
  const path = spot?.source?.absoluteRef ?? "document";
  const file = options.fileAt(path);
  const steps = parsePointer(pointer);
  const place = { steps, file, value: file && valueAt(file.value, steps) };
  const where = file?.source.locate(pointer) ?? `${path} ${pointer}`;
  return { ...place, problem, where, remedy: remedyOf(problem, place, options) };
}

function remedyOf(
  { message, ruleId }: NormalizedProblem,
  place: Place,
  { is31, isReferredTo }: JudgeOptions,
): Fault["remedy"] {
  const { steps, value } = place;
  if (isInExtension(steps)) return "none";
  if (isUnresolved({ message, ruleId })) return isNamedMapping(place) || isExternalExample(value) ? "none" : "refuse";
  if (ruleId === "operation-parameters-unique" || ruleId === "sandglass/no-empty-enum") return "leave out";
  if (ruleId !== "struct") return "keep";
  const [, missing] = /^The field `(.*)` must be present/.exec(message) ?? [];
  if (missing !== undefined) return remedyOfMissing(missing, steps);
  if (/^Property `.*` is not expected here/.test(message)) {
    return newerKeywords.has(steps.at(-1) ?? "") || isReferredTo(steps) ? "keep" : "leave out";
  }
  if (/^Expected type|can be one of the following only|^The value of/.test(message)) {
    return remedyOfMalformed(place, is31);
  }
  return "keep";
}

/** Parameters without a name or a place cannot be described; what else is missing describes, or is taken to be empty. */
function remedyOfMissing(name: string, steps: readonly string[]): Fault["remedy"] {
  if (name === "propertyName") return "leave out";
  return (name === "name" || name === "in") && !isDescriptive(steps) ? "refuse" : "keep";
}

function remedyOfMalformed({ steps, value }: Place, is31: boolean): Fault["remedy"] {
  const isEntry = /^\d+$/.test(steps.at(-1) ?? "");
  const name = steps.at(isEntry || namesOfAuthors.has(steps.at(-2) ?? "") ? -2 : -1) ?? "";
  if (typeof value === "boolean" && isSchemaPlace(steps)) return is31 ? "none" : "keep";
  if (isDescriptive(steps)) return "leave out";
  if (name === "type")
    return [value].flat().every((one) => typeNames.some((known) => known === one)) ? "keep" : "refuse";
  if (value === null && steps.length > 0) return "leave out"; // a name in YAML with nothing behind it
  return shapes.has(name) || steps.length === 0 ? "refuse" : "leave out";
}

/** Whether a place is in a part of the document that describes no request and no answer. */
function isDescriptive(steps: readonly string[]): boolean {
  const parts = ["externalDocs", "info", "links", "security", "securitySchemes", "servers", "tags", "xml"];
  return steps.some((step, index) => parts.includes(step) && !namesOfAuthors.has(steps[index - 1] ?? ""));
}

/** Where 3.1 has `true` and `false` as schemas: anything, and nothing. */
function isSchemaPlace(steps: readonly string[]): boolean {
  const [outer = "", name = ""] = steps.slice(-2);
  return (
    ["$defs", "allOf", "anyOf", "dependentSchemas", "oneOf", "patternProperties", "prefixItems"].includes(outer) ||
    ["properties", "schemas"].includes(outer) ||
    ["contains", "else", "if", "items", "not", "propertyNames", "schema", "then"].includes(name)
  );
}

/** What an extension holds is its author's business; Redocly has rules for some that it uses itself. */
function isInExtension(steps: readonly string[]): boolean {
  return steps.some((step, index) => isExtensionName(step) && !namesOfAuthors.has(steps[index - 1] ?? ""));
}

function isUnresolved({ message, ruleId }: Pick<NormalizedProblem, "message" | "ruleId">): boolean {
  return ruleId === "no-unresolved-refs" || message.startsWith("Can't resolve $ref");
}

/** A discriminator may name a component schema instead of referring to it, which Redocly takes for a broken reference. */
function isNamedMapping({ steps, file, value }: Place): boolean {
  if (steps.at(-2) !== "mapping" || steps.at(-3) !== "discriminator" || typeof value !== "string") return false;
  return file !== undefined && valueAt(file.value, ["components", "schemas", value]) !== undefined;
}

/** An example that is kept elsewhere is of no use here. */
function isExternalExample(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && typeof value["externalValue"] === "string" && value["$ref"] === undefined;
}

/** Of what is used as two kinds of thing, what one use does not expect the other may need. */
function withSharedKept(faults: readonly Fault[]): Fault[] {
  const shared = new Set(
    faults.filter(({ problem }) => problem.ruleId === "sandglass/one-kind").map(({ value }) => value),
  );
  if (shared.size === 0) return [...faults];
  return faults.map((fault) => {
    const parent = fault.file && valueAt(fault.file.value, fault.steps.slice(0, -1));
    return fault.remedy === "leave out" && shared.has(parent) ? { ...fault, remedy: "keep" } : fault;
  });
}

/** From the last to the first, so that the indexes of an array stay true while it shrinks. */
function leaveOut(faults: readonly Fault[]): void {
  const places = new Map(
    faults.map(({ file, steps }) => [`${file?.source.path} ${JSON.stringify(steps)}`, { file, steps }]),
  );
  for (const { file, steps } of [...places.values()].reverse()) {
    const parent = file && valueAt(file.value, steps.slice(0, -1));
    const step = steps.at(-1) ?? "";
    if (Array.isArray(parent)) parent.splice(Number(step), 1);
    else if (isJsonObject(parent)) delete parent[step];
  }
}

function describe({ problem: { message, ruleId, suggest }, where, value }: Fault): string {
  if (isUnresolved({ message, ruleId })) {
    const target = isJsonObject(value) ? value["$ref"] : value;
    const ref = typeof target === "string" ? `$ref ${target}` : "$ref";
    const reason = message.replace(/^Can't resolve \$ref:? ?/, "");
    return `${where}: ${ref}${reason === "" ? " leads nowhere: correct it, or add what it names" : `: ${reason}`}`;
  }
  const hint = suggest.length > 0 ? ` Did you mean ${suggest.slice(0, 3).join(", ")}?` : "";
  const advice = message.startsWith("Property `nullable`") ? ' In 3.1 it is `type: [string, "null"]`.' : hint;
  return `${where}: ${message}${advice} (rule ${ruleId})`;
}
