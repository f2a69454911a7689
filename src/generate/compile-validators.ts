import type { Ajv } from "ajv";
import { ContractError } from "../contract/contract-error.ts";
import type { JsonObject } from "./json.ts";
import { isAnnotation, mapSubschemas, withoutKeywords, type Schema } from "./schema-keywords.ts";
import { definitionName } from "./schema-set.ts";
import { toImports } from "./to-imports.ts";

export type CompiledValidators = {
  /** An ES module that declares one function per target, and exports none. */
  readonly code: string;
  /** The name of a target's function in `code`. */
  readonly nameOf: (target: string) => string;
  readonly warnings: readonly string[];
};

/**
 * Compiles schemas to code. Each is a schema of its own to ajv, with an address, so that all references to it call one
 * function.
 *
 * @param schemas - by name; a `$ref` in them is `#/$defs/<name>`
 * @param targets - names of those that functions are wanted for
 */
export async function compileValidators(
  schemas: ReadonlyMap<string, Schema>,
  targets: readonly string[],
): Promise<CompiledValidators> {
  const { ajv, standaloneCode } = await createAjv();
  const warnings: string[] = [];
  for (const [name, schema] of schemas) {
    const dialect = toAjvDialect(schema, (what) => warnings.push(`${name}: ${what}`), ajv);
    attempt(name, () => ajv.addSchema({ ...asObject(dialect), $id: addressOf(name) }));
  }
  for (const name of targets) attempt(name, () => ajv.getSchema(addressOf(name)));
  const nameOf = (target: string) => `is${targets.indexOf(target)}`;
  const exported = Object.fromEntries(targets.map((target) => [nameOf(target), addressOf(target)]));
  return { code: toImports(standaloneCode(ajv, exported)), nameOf, warnings };
}

async function createAjv() {
  const [{ Ajv2020 }, { default: addFormats }, { default: standaloneCode }] = await Promise.all([
    import("ajv/dist/2020.js"),
    import("ajv-formats"),
    import("ajv/dist/standalone/index.js"),
  ]);
  const ajv = new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    code: { source: true, esm: true, lines: true },
    inlineRefs: false,
    logger: false,
    strict: true,
    // These are about style: a schema may leave its type open, or require in one place what it describes in another.
    strictRequired: false,
    strictTuples: false,
    strictTypes: false,
    allowMatchingProperties: true,
  });
  addFormats.default(ajv, { mode: "full" });
  return { ajv, standaloneCode: standaloneCode.default };
}

function addressOf(name: string): string {
  return `/${encodeURIComponent(name)}`;
}

/** Drops annotations, addresses references, and drops with a warning what can not be checked by anyone. */
function toAjvDialect(schema: Schema, warn: (what: string) => void, ajv: Ajv): Schema {
  const convert = (source: Schema): Schema => {
    if (typeof source === "boolean") return source;
    const { $ref, ...own } = source;
    const { format, pattern } = own;
    if (typeof format === "string" && !Object.hasOwn(ajv.formats, format)) {
      delete own["format"];
      warn(`format ${format} is unknown and not checked`);
    }
    if (typeof pattern === "string" && !isUnicodePattern(pattern)) {
      delete own["pattern"];
      warn(`pattern ${pattern} is no regular expression of JSON Schema (ECMA-262, Unicode) and not checked`);
    }
    const address = typeof $ref === "string" ? { $ref: addressOf(definitionName($ref)) } : {};
    return mapSubschemas({ ...address, ...own }, convert);
  };
  return convert(withoutKeywords(schema, isAnnotation));
}

function isUnicodePattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
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
