import { ContractError } from "../contract/contract-error.ts";
import { parsePointer } from "../contract/json-pointer.ts";
import { isJsonObject, stringsOf, type JsonObject, type JsonValue } from "./json.ts";
import { mapDocument } from "./map-document.ts";
import { mapSubschemas, type Schema, visitSubschemas } from "./schema-keywords.ts";

/**
 * Says in plain JSON Schema what a discriminator says: each alternative is for the values that the mapping, or else its name, gives it.
 * Alternatives that inherit from the schema that lists them inherit what it says apart from its alternatives, under a name of its own
 * (`Animal_base`), since anything else would have no end.
 *
 * @param document - a 3.1 document in which each `$ref` leads to a component; it is left as it is
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` for other schemas that refer back to themselves with nothing between
 */
export function withPlainDiscriminators(document: JsonObject): JsonObject {
  const components = isJsonObject(document["components"]) ? document["components"] : {};
  const schemas = (isJsonObject(components["schemas"]) ? components["schemas"] : {}) as Readonly<
    Record<string, Schema>
  >;
  const bases = new Map<string, string>(); // by the name of the component that lists its own heirs
  const heirs = new Map<string, Set<string>>(); // by the same name: components that refer to it as their parent
  for (const name of Object.keys(schemas)) findHeirs(name);
  const mapped = mapDocument(document, { schema: (schema, path) => convert(schema, path) });
  const added = [...bases].map(([name, base]): [string, JsonValue] => {
    return [base, convert(withoutAlternatives(schemas[name] ?? true), ["components", "schemas", base])];
  });
  if (added.length > 0) {
    const own = (mapped["components"] as JsonObject)["schemas"] as JsonObject;
    (mapped["components"] as JsonObject)["schemas"] = { ...own, ...Object.fromEntries(added) };
  }
  assertEnding(mapped);
  return mapped;

  function findHeirs(parent: string): void {
    const visited = new Set<string>();
    const visit = (name: string): void => {
      if (visited.has(name)) return;
      visited.add(name);
      for (const next of partsOf(schemas[name])) {
        if (next !== parent) visit(next);
        else {
          bases.set(parent, bases.get(parent) ?? freeName(`${parent}_base`));
          heirs.set(parent, (heirs.get(parent) ?? new Set()).add(name));
        }
      }
    };
    for (const alternative of alternativesOf(schemas[parent])) {
      const name = referredName(alternative);
      if (name !== undefined && name !== parent) visit(name);
    }
  }

  function freeName(stem: string): string {
    let name = stem;
    for (let count = 2; Object.hasOwn(schemas, name); count += 1) name = `${stem}-${count}`;
    return name;
  }

  function convert(schema: Schema, path: readonly string[]): Schema {
    if (typeof schema === "boolean") return schema;
    const component = path.length === 3 && path[0] === "components" ? path[2] : undefined;
    const inherited = component === undefined ? schema : withBases(schema, component);
    const inner = mapSubschemas(inherited, (child, steps) => convert(child, [...path, ...steps]));
    const { discriminator } = inner;
    const keyword = ["oneOf", "anyOf"].find((one) => Array.isArray(inner[one]));
    if (!isJsonObject(discriminator) || keyword === undefined) return inner;
    return { ...inner, [keyword]: discriminated(inner[keyword] as Schema[], discriminator) };
  }

  /** The schema of an heir, which refers to the base of its parent. */
  function withBases(schema: JsonObject, component: string): JsonObject {
    const { allOf } = schema;
    if (!Array.isArray(allOf)) return schema;
    const parts = allOf.map((part) => {
      const name = referredName(part);
      if (name === undefined || heirs.get(name)?.has(component) !== true) return part;
      return { ...(part as JsonObject), $ref: `#/components/schemas/${bases.get(name) ?? name}` };
    });
    return { ...schema, allOf: parts };
  }

  function discriminated(alternatives: readonly Schema[], { propertyName, mapping }: JsonObject): JsonValue[] {
    if (typeof propertyName !== "string" || !alternatives.every((one) => referredName(one) !== undefined)) {
      return [...alternatives]; // says nothing about schemas without a name
    }
    const targets = Object.entries(isJsonObject(mapping) ? mapping : {});
    return alternatives.map((alternative) => {
      const name = referredName(alternative) ?? "";
      const values = targets.filter(([, target]) => referredName({ $ref: target }) === name).map(([value]) => value);
      const fixed = fixedValues(alternative, propertyName, new Set());
      const given = values.length > 0 ? values : [name];
      const meant = fixed === undefined ? given : given.filter((value) => fixed.includes(value));
      if (meant.length === 0) return alternative; // it gives values of its own, which tell it from the others
      const value = meant.length === 1 ? { const: meant[0] as string } : { enum: meant };
      const rule = { type: "object", properties: { [propertyName]: value }, required: [propertyName] };
      return { allOf: [alternative, rule] };
    });
  }

  /** The values that a schema allows a member, where it lists them. */
  function fixedValues(schema: Schema | undefined, member: string, seen: Set<string>): string[] | undefined {
    if (!isJsonObject(schema)) return undefined;
    const { properties, allOf } = schema;
    const own = isJsonObject(properties) && Object.hasOwn(properties, member) ? properties[member] : undefined;
    if (isJsonObject(own) && ("const" in own || Array.isArray(own["enum"]))) {
      return stringsOf("const" in own ? [own["const"]] : own["enum"]);
    }
    const name = referredName(schema);
    const parts = [...(Array.isArray(allOf) ? (allOf as Schema[]) : [])];
    if (name !== undefined && !seen.has(name)) parts.push(schemas[name] ?? true);
    if (name !== undefined) seen.add(name);
    return parts.map((part) => fixedValues(part, member, seen)).find((values) => values !== undefined);
  }
}

function withoutAlternatives(schema: Schema): Schema {
  if (typeof schema === "boolean") return schema;
  const { oneOf: _oneOf, anyOf: _anyOf, discriminator: _discriminator, ...base } = schema;
  return base;
}

/** Refuses schemas of which no value could ever be judged, since they refer back to themselves for the same value. */
function assertEnding(document: JsonObject): void {
  const components = document["components"];
  const schemas = isJsonObject(components) && isJsonObject(components["schemas"]) ? components["schemas"] : {};
  const ends = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) {
      const cycle = [...trail.slice(trail.indexOf(name)), name].join(" → ");
      const advice = "no value could ever be judged: remove one of the references";
      throw new ContractError(
        "SPEC_UNSUPPORTED",
        `/components/schemas/${name}: ${cycle} leads back to itself: ${advice}`,
      );
    }
    if (ends.has(name)) return;
    for (const next of sameValueReferences(schemas[name])) visit(next, [...trail, name]);
    ends.add(name);
  };
  for (const name of Object.keys(schemas)) visit(name, []);
}

const sameValueKeywords = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"];

/** The components that a schema applies to the same value. */
function sameValueReferences(schema: JsonValue | undefined): string[] {
  if (!isJsonObject(schema)) return [];
  const name = referredName(schema);
  const own = Object.fromEntries(Object.entries(schema).filter(([keyword]) => sameValueKeywords.includes(keyword)));
  const found: string[] = name === undefined ? [] : [name];
  visitSubschemas(own, (inner) => void found.push(...sameValueReferences(inner)));
  return found;
}

function partsOf(schema: Schema | undefined): string[] {
  const allOf = isJsonObject(schema) ? schema["allOf"] : undefined;
  return (Array.isArray(allOf) ? (allOf as Schema[]) : []).flatMap((part) => referredName(part) ?? []);
}

function alternativesOf(schema: Schema | undefined): Schema[] {
  if (!isJsonObject(schema)) return [];
  return ["oneOf", "anyOf"].flatMap((keyword) => (Array.isArray(schema[keyword]) ? (schema[keyword] as Schema[]) : []));
}

function referredName(schema: JsonValue | undefined): string | undefined {
  const $ref = isJsonObject(schema) ? schema["$ref"] : undefined;
  return typeof $ref === "string" ? parsePointer($ref).at(-1) : undefined;
}
