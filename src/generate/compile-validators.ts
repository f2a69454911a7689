import type { Ajv, KeywordCxt, _ as code, str as text } from "ajv";
import { ContractError } from "../contract/contract-error.ts";
import { formatPatterns, zodFormats } from "./formats.ts";
import { isJsonObject, stringsOf, type JsonObject, type JsonValue } from "./json.ts";
import { mapSubschemas, type Schema, visitSubschemas } from "./schema-keywords.ts";
import { definitionName } from "./schema-set.ts";
import { shareSchemas } from "./shared-schemas.ts";
import { createStandaloneCode } from "./standalone-code.ts";
import type { Write } from "./text-file.ts";
import { createImports } from "./to-imports.ts";

/**
 * Compiles schemas to code. Each is a schema of its own to ajv, with an address, so that all references to it call one
 * function.
 *
 * @param schemas - canonical, by name; a `$ref` in them is `#/$defs/<name>`. The map is emptied, as what is made of them takes their place
 * @param targets - names of those that functions are wanted for, and of the functions
 * @param write - takes the text of those functions, one after the other: what is written is not kept
 * @returns the imports of the ES module that declares the functions, and exports none
 */
export async function compileValidators(
  schemas: Map<string, Schema>,
  targets: ReadonlyMap<string, string>,
  write: Write,
): Promise<string> {
  const has = (test: (schema: JsonObject) => boolean) =>
    [...schemas.values()].some((schema) => hasSchema(schema, test));
  const ajv = await createAjv(has(namesInherited));
  ajv.opts.unevaluated = has(asksForUnevaluated); // what it keeps track of costs code
  addSchemas(ajv, schemas);
  const codeFor = await createStandaloneCode(ajv);
  const imports = createImports();
  for (const [target, name] of targets) {
    attempt(target, () => write(imports.rewrite(codeFor(name, addressOf(target)))));
  }
  return imports.head();
}

function addSchemas(ajv: Ajv, schemas: Map<string, Schema>): void {
  const read = new Map<string, Schema>();
  for (const [name, schema] of schemas) {
    schemas.delete(name);
    read.set(name, toAjvDialect(schema, ajv.opts.unevaluated === true));
  }
  for (const [name, schema] of shareSchemas(read, addressOf)) {
    attempt(name, () => ajv.addSchema({ ...asObject(schema), $id: addressOf(name) }));
  }
}

/** @param ownProperties - whether to look at members of the object itself alone, which takes more code */
async function createAjv(ownProperties: boolean) {
  const [codegen, { Ajv2020 }, { default: addFormats }] = await Promise.all([
    import("ajv"),
    import("ajv/dist/2020.js"),
    import("ajv-formats"),
  ]);
  const ajv = new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    // What is written is not run here, and V8 need not read it: only the schemas of schemas are.
    code: {
      source: true,
      esm: true,
      lines: true,
      optimize: false, // takes two fifths of the time, for a tenth of the text and no speed
      process: (text, schema) => (schema?.root.meta === true ? text : "return () => true"),
    },
    inlineRefs: false,
    logger: false,
    ownProperties,
    strict: false, // canonical schemas have no keyword that it would find
  });
  addFormats.default(ajv, { mode: "full" });
  for (const [name, pattern] of Object.entries(formatPatterns)) ajv.addFormat(name, new RegExp(pattern, "u"));
  for (const [name, pattern] of Object.entries(zodFormats)) ajv.addFormat(name, pattern);
  addNumberKeywords(ajv, codegen);
  return ajv;
}

function addressOf(name: string): string {
  return `/${encodeURIComponent(name)}`;
}

/** Numbers are binary: 19.99 is a multiple of 0.01 within the tolerance that zod has too, and large integers are rounded. */
function addNumberKeywords(ajv: Ajv, { _, str }: { _: typeof code; str: typeof text }): void {
  ajv.removeKeyword("multipleOf");
  ajv.addKeyword({
    keyword: "multipleOf",
    type: "number",
    schemaType: "number",
    error: { message: ({ schemaCode }) => str`must be multiple of ${schemaCode}` },
    code(context: KeywordCxt) {
      const { gen, data, schemaCode } = context;
      const ratio = gen.const("ratio", _`${data}/${schemaCode}`);
      context.fail(
        _`!(Math.abs(${ratio} - Math.round(${ratio})) < ${4 * Number.EPSILON} * Math.max(Math.abs(${ratio}), 1))`,
      );
    },
  });
  ajv.addKeyword({
    keyword: "exactInteger",
    type: "number",
    error: { message: "must be an integer that a number holds exactly" },
    code(context: KeywordCxt) {
      context.fail(_`Math.abs(${context.data}) > ${Number.MAX_SAFE_INTEGER}`);
    },
  });
}

/** Drops defaults, addresses references, bounds integers. */
function toAjvDialect(schema: Schema, tracksMembers: boolean): Schema {
  if (typeof schema === "boolean") return schema;
  const { $ref, default: _default, ...own } = schema;
  const address = typeof $ref === "string" ? { $ref: addressOf(definitionName($ref)) } : {};
  const inner = mapSubschemas(own, (one) => toAjvDialect(one, tracksMembers));
  const bounded = { ...address, ...inner, ...(isExactInteger(own) && { exactInteger: true }) };
  return tracksMembers ? withTrackableMembers(bounded) : bounded;
}

/**
 * Says the same so that ajv knows which members were evaluated: it takes those of an `if` that fails for evaluated as well, and fails
 * over `patternProperties` beside compositions.
 */
function withTrackableMembers({
  if: condition,
  then: met = true,
  else: unmet = true,
  ...schema
}: JsonObject): JsonObject {
  const { allOf, properties, patternProperties, additionalProperties, ...rest } = schema;
  const parts = Array.isArray(allOf) ? [...allOf] : [];
  if (condition !== undefined) {
    parts.push({ anyOf: [{ allOf: [condition, met] }, { allOf: [{ not: condition }, unmet] }] });
  }
  if (patternProperties === undefined) return parts.length === 0 ? schema : { ...schema, allOf: parts };
  const members = { properties: properties ?? {}, patternProperties };
  parts.push(additionalProperties === undefined ? members : { ...members, additionalProperties });
  return { ...rest, allOf: parts };
}

/** An integer is one that a number holds exactly, unless the schema says `int64`. */
function isExactInteger({ type, format, minimum, maximum }: JsonObject): boolean {
  const types = [type ?? []].flat();
  if (!types.includes("integer") || types.includes("number") || format === "int64") return false;
  const isSafe = (bound: JsonValue | undefined) =>
    typeof bound === "number" && Math.abs(bound) <= Number.MAX_SAFE_INTEGER;
  return format !== "int32" && !(isSafe(minimum) && isSafe(maximum));
}

/** Whether a schema speaks of a member that every object inherits, such as `constructor`. */
function namesInherited({ properties, required, dependentRequired, dependentSchemas }: JsonObject): boolean {
  const maps = [properties, dependentSchemas, dependentRequired].filter(isJsonObject);
  const lists = [required, ...Object.values(isJsonObject(dependentRequired) ? dependentRequired : {})];
  return [...maps.flatMap(Object.keys), ...lists.flatMap(stringsOf)].some((name) => name in Object.prototype);
}

function asksForUnevaluated(schema: JsonObject): boolean {
  return "unevaluatedProperties" in schema || "unevaluatedItems" in schema;
}

/** Whether a test holds for a schema, or for one inside of it. */
function hasSchema(schema: Schema, test: (schema: JsonObject) => boolean): boolean {
  if (typeof schema === "boolean") return false;
  let isFound = test(schema);
  visitSubschemas(schema, (inner) => {
    isFound ||= hasSchema(inner, test);
  });
  return isFound;
}

function asObject(schema: Schema): JsonObject {
  if (typeof schema === "object") return schema;
  return schema ? {} : { not: {} };
}

function attempt(name: string, action: () => unknown): void {
  try {
    action();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError("SPEC_UNSUPPORTED", `schema ${name}: ajv refuses it: ${reason}`, { cause });
  }
}
