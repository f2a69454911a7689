import { formatPatterns, zodFormats } from "./formats.ts";
import { isJsonObject, stringsOf, type JsonObject, type JsonValue } from "./json.ts";
import { meansTheSameWithoutUnicode } from "./unicode-pattern.ts";

/** What a schema says itself, apart from its references and compositions, as zod can read it. */
export type ZodRules = {
  readonly rules: JsonObject;
  /** The types of a value that gets here. */
  readonly types: readonly string[];
  /** Whether nothing was left out. */
  readonly exact: boolean;
};

export const allTypes: readonly string[] = ["array", "boolean", "null", "number", "object", "string"];

const unreadKeywords = [
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "unevaluatedItems",
  "unevaluatedProperties",
];
/** The keywords that speak about one type: values of others pass. */
const typedKeywords: ReadonlySet<string> = new Set([
  ...["additionalProperties", "maxProperties", "minProperties", "properties", "propertyNames", "required"],
  ...["contains", "items", "maxItems", "minItems", "prefixItems", "uniqueItems"],
  ...["format", "maxLength", "minLength", "pattern"],
  ...["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"],
]);

/**
 * Rewrites the keywords of a canonical schema, references and compositions aside, to those that zod's converter reads rightly.
 *
 * @param types - of the values that get here, where the schema names none
 */
export function toZodRules(source: JsonObject, types: readonly string[]): ZodRules {
  const draft = { rules: { ...source }, exact: true, leaveOut };
  function leaveOut(...keywords: string[]): void {
    for (const keyword of keywords.filter((one) => one in draft.rules)) {
      delete draft.rules[keyword];
      draft.exact = false;
    }
  }
  leaveOut(...unreadKeywords);
  if ("patternProperties" in draft.rules) leaveOut("patternProperties", "additionalProperties");
  if (typeof source["pattern"] === "string" && !meansTheSameWithoutUnicode(source["pattern"])) leaveOut("pattern");
  readOwnNames(draft);
  const stated = draft.rules["type"] === undefined ? types : stringsOf([draft.rules["type"]].flat());
  const numeric = readNumbers(draft, stated);
  readFormat(draft);
  if ("enum" in draft.rules || "const" in draft.rules) readValues(draft, stated);
  else if ("type" in draft.rules || Object.keys(draft.rules).some((keyword) => typedKeywords.has(keyword))) {
    const type = numeric.length === 1 ? (numeric[0] as string) : [...numeric];
    draft.rules = "type" in draft.rules ? { ...draft.rules, type } : { type, ...draft.rules };
  }
  readRequired(draft);
  // Of a list without `items`, zod forgets the bounds.
  const isBounded = "minItems" in draft.rules || "maxItems" in draft.rules;
  if (isBounded && !("items" in draft.rules || "prefixItems" in draft.rules)) draft.rules["items"] = {};
  return { rules: draft.rules, types: stated, exact: draft.exact };
}

type Draft = { rules: JsonObject; exact: boolean; readonly leaveOut: (...keywords: string[]) => void };

/** zod takes what every object inherits, such as `constructor`, for a member. */
function readOwnNames(draft: Draft): void {
  const { properties, required, additionalProperties } = draft.rules;
  const isInherited = (name: string) => name in Object.prototype;
  const named = isJsonObject(properties) ? Object.entries(properties) : [];
  const names = stringsOf(required);
  if (![...named.map(([name]) => name), ...names].some(isInherited)) return;
  draft.exact = false;
  draft.rules["required"] = names.filter((name) => !isInherited(name));
  draft.rules["properties"] = Object.fromEntries(named.filter(([name]) => !isInherited(name)));
  if (additionalProperties !== undefined) delete draft.rules["additionalProperties"];
}

/**
 * To zod, as to us, an integer is one that a number holds exactly, unless the schema says `int64`: then it is a multiple of 1.
 *
 * @returns the types, of which a number may have become an integer, or the reverse
 */
function readNumbers(draft: Draft, types: readonly string[]): readonly string[] {
  const { rules } = draft;
  const { format, multipleOf = 1 } = rules;
  const others = types.filter((type) => type !== "integer" && type !== "number");
  if (others.length === types.length) return types;
  if (format === "int64") {
    delete rules["format"];
    if (Number.isInteger(multipleOf)) rules["multipleOf"] = multipleOf;
    else draft.exact = false;
    return ["number", ...others];
  }
  if (format === "int32") {
    delete rules["format"];
    rules["minimum"] = Math.max(numberOf(rules["minimum"], -Infinity), -(2 ** 31));
    rules["maximum"] = Math.min(numberOf(rules["maximum"], Infinity), 2 ** 31 - 1);
    return ["integer", ...others];
  }
  return types.filter((type) => type !== "integer" || !types.includes("number"));
}

function readFormat(draft: Draft): void {
  const { format, pattern } = draft.rules;
  if (typeof format !== "string" || Object.hasOwn(zodFormats, format)) return;
  const formatPattern = Object.hasOwn(formatPatterns, format) ? formatPatterns[format] : undefined;
  if (formatPattern === undefined || pattern !== undefined) draft.leaveOut("format");
  else {
    delete draft.rules["format"];
    draft.rules["pattern"] = formatPattern;
  }
}

/** Beside values, zod reads nothing else, and it compares plain ones only. */
function readValues(draft: Draft, types: readonly string[]): void {
  const { rules } = draft;
  const values = "const" in rules ? [rules["const"]] : (rules["enum"] as JsonValue[]);
  if (values.some((value) => (typeof value === "object" && value !== null) || value === "__proto__")) {
    draft.leaveOut("const", "enum");
    return;
  }
  const { type, ...others } = rules;
  void type;
  if ("const" in rules) draft.leaveOut("enum");
  draft.leaveOut(...Object.keys(others).filter((keyword) => keyword !== "const" && keyword !== "enum"));
  const typed = values.filter((value) => types.some((one) => isOfType(value, one)));
  if (typed.length === values.length) return; // and zod ignores the type
  draft.rules = "const" in rules && typed.length === 1 ? { const: values[0] as JsonValue } : { enum: typed };
}

/** A required property that `properties` lacks is forgotten by zod unless it is listed there. */
function readRequired(draft: Draft): void {
  const { properties, required, additionalProperties = true } = draft.rules;
  const listed = isJsonObject(properties) ? properties : {};
  const missing = stringsOf(required).filter((name) => !Object.hasOwn(listed, name));
  if (missing.length === 0) return;
  const added = missing.map((name): [string, JsonValue] => [
    name,
    additionalProperties === true ? {} : additionalProperties,
  ]);
  draft.rules["properties"] = { ...listed, ...Object.fromEntries(added) };
}

function isOfType(value: JsonValue, type: string): boolean {
  if (value === null) return type === "null";
  if (Array.isArray(value)) return type === "array";
  if (type === "integer") return Number.isSafeInteger(value);
  return typeof value === type;
}

function numberOf(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
