import { formatPointer } from "../../../src/contract/json-pointer.ts";
import type { Evidence } from "../../../src/contract/operation.ts";
import { evidences } from "../../../src/contract/operation.ts";
import { isObject, propertiesOf, resolveSchema } from "../law/schema.ts";
import type { JsonObject, JsonSchema } from "../law/schema.ts";

/** One keyword of one schema that a value can break, and where in the value it applies. */
export type SchemaSite = {
  readonly keyword: string;
  /** Where the value stands: names of members, "*" for any item of a list, "**" for a member of any name. */
  readonly path: readonly string[];
  /** The schema that holds the keyword, references followed. */
  readonly schema: JsonSchema;
  /** The schema whose `properties` describe that value: an outer one, where the keyword stands in an `allOf`. */
  readonly owner: JsonSchema;
  /** JSON pointer of the keyword in the document. */
  readonly pointer: string;
  readonly evidence: Evidence;
  /** Whether it is about a member, or a value of a map, that may be left out. */
  readonly isOptional: boolean;
};

/** Keywords that say nothing about a value by themselves, or that the walk goes through instead of stopping at. */
const silentKeywords = new Set([
  ..."title description default examples example deprecated readOnly writeOnly $comment $ref".split(" "),
  ..."properties items allOf".split(" "),
]);

/** Deeper than any contract here: a bound for schemas that contain themselves. */
const depthMax = 6;

type Place = {
  readonly schema: unknown;
  readonly pointer: string;
  readonly evidence: Evidence;
  readonly path: readonly string[];
  readonly owner?: JsonSchema;
  readonly isOptional: boolean;
};

/** Every keyword of a schema that a value can break, with the value's place; outer ones first. */
export function schemaSites(
  document: JsonObject,
  start: { readonly schema: unknown; readonly pointer: string; readonly evidence: Evidence },
): readonly SchemaSite[] {
  return walk(document, { ...start, path: [], isOptional: false });
}

function walk(document: JsonObject, place: Place): SchemaSite[] {
  if (place.path.length > depthMax || !isObject(place.schema)) return [];
  const schema = resolveSchema(document, place.schema);
  const reference = place.schema["$ref"];
  const pointer = typeof reference === "string" ? reference.replace(/^#/, "") : place.pointer;
  const evidence = evidenceIn(schema["x-evidence"]) ?? place.evidence;
  const owner = isObject(schema["properties"]) ? schema : (place.owner ?? schema);
  const own = Object.keys(schema)
    .filter((keyword) => !silentKeywords.has(keyword) && !keyword.startsWith("x-"))
    .filter(
      (keyword) => !isOpen(schema, keyword) && !isReadable(schema, keyword) && !isSaidTwice(schema, owner, keyword),
    )
    .map((keyword) => ({
      keyword,
      path: place.path,
      schema,
      owner,
      pointer: `${pointer}/${keyword}`,
      evidence: weakerEvidence(schema, keyword) ?? evidence,
      isOptional: place.isOptional,
    }));
  const inner = innerSchemas(schema).flatMap(({ at, step, value, isOptional = place.isOptional }) =>
    walk(document, {
      schema: value,
      pointer: `${pointer}${at}`,
      evidence,
      path: [...place.path, ...step],
      isOptional,
      ...(step.length === 0 ? { owner } : {}),
    }),
  );
  return [...own, ...inner];
}

type Inner = {
  readonly at: string;
  readonly step: readonly string[];
  readonly value: unknown;
  /** Default: as what it stands in. */
  readonly isOptional?: boolean;
};

function innerSchemas(schema: JsonSchema): readonly Inner[] {
  const { items, additionalProperties, allOf, required } = schema;
  const isOptional = (name: string) => !(Array.isArray(required) && required.includes(name));
  const named = Object.entries(propertiesOf(schema));
  return [
    ...named.map(([name, value]) => {
      return { at: formatPointer(["properties", name]), step: [name], value, isOptional: isOptional(name) };
    }),
    ...(isObject(items) ? [{ at: "/items", step: ["*"], value: items, isOptional: false }] : []),
    ...(isObject(additionalProperties)
      ? [{ at: "/additionalProperties", step: ["**"], value: additionalProperties, isOptional: true }]
      : []),
    ...(Array.isArray(allOf) ? allOf.map((value: unknown, index) => ({ at: `/allOf/${index}`, step: [], value })) : []),
  ];
}

/** `additionalProperties` that is true or a schema forbids no name, so no value can break it as a keyword. */
function isOpen(schema: JsonSchema, keyword: string): boolean {
  return keyword === "additionalProperties" && schema[keyword] !== false;
}

/** The largest integer that every JSON reader reads alike, as a bound: readers that take larger ones break no rule. */
function isReadable(schema: JsonSchema, keyword: string): boolean {
  return keyword === "maximum" && schema[keyword] === Number.MAX_SAFE_INTEGER;
}

/** Branches of an `allOf` repeat the type of what they stand in. */
function isSaidTwice(schema: JsonSchema, owner: JsonSchema, keyword: string): boolean {
  return keyword === "type" && owner !== schema && owner["type"] === schema["type"];
}

/** A constraint may rest on a weaker source than the field that it stands on. */
function weakerEvidence(schema: JsonSchema, keyword: string): Evidence | undefined {
  const constraints = schema["x-constraint-evidence"];
  return isObject(constraints) ? evidenceIn(constraints[keyword]) : undefined;
}

function evidenceIn(value: unknown): Evidence | undefined {
  return evidences.find((evidence) => evidence === value);
}
