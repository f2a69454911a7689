import type { ParameterModel } from "./contract-model.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import type { Schema } from "./schema-keywords.ts";
import { definitionName, type SchemaSet } from "./schema-set.ts";

/** How the texts of a parameter become the value that its schema describes; a text that stands for none of it stays. */
type Encoding =
  | "json"
  | readonly ("boolean" | "number")[] // what a text may stand for
  | { readonly list: Encoding; readonly separator?: string }
  | { readonly members: Readonly<Record<string, Encoding>>; readonly from?: string };

const text: Encoding = [];

/** Lists how the texts of parameters are read, as a literal; undefined where all values are texts. */
export function encodingsOf(
  parameters: readonly ParameterModel[],
  definitions: SchemaSet["definitions"],
): JsonObject | undefined {
  const encodings = parameters.flatMap((parameter): [string, Encoding][] => {
    const encoding = parameter.json ? "json" : encodingOf(parameter.schema, parameter);
    return isText(encoding) ? [] : [[parameter.name, encoding]];
  });
  return encodings.length === 0 ? undefined : (Object.fromEntries(encodings) as JsonObject);

  function encodingOf(schema: Schema, { separator, members }: Pick<ParameterModel, "separator" | "members">): Encoding {
    const found = factsOf(schema, 8);
    if (found.text) return text;
    if (found.list !== undefined) {
      const list = plainEncoding(found.list);
      return separator === undefined ? { list } : { list, separator };
    }
    if (found.members.size === 0) return [...found.kinds];
    const entries = [...found.members].map(([name, inner]) => [name, plainEncoding(inner)] as const);
    return { members: Object.fromEntries(entries), from: members === "separated" ? (separator ?? ",") : members };
  }

  /** What is inside of a list or an object. */
  function plainEncoding(schema: Schema): Encoding {
    const found = factsOf(schema, 8);
    if (found.text) return text;
    if (found.list !== undefined) return { list: plainEncoding(found.list) };
    return [...found.kinds];
  }

  /** What is said of a value, through references and compositions down to `depth`. */
  function factsOf(schema: Schema, depth: number): Facts {
    const facts: Facts = { kinds: new Set(), text: false, list: undefined, members: new Map() };
    if (typeof schema === "boolean" || depth === 0) return facts;
    const values = "const" in schema ? [schema["const"]] : schema["enum"];
    const types = Array.isArray(values) ? values.map((value) => typeof value) : [schema["type"] ?? []].flat();
    if (types.includes("number") || types.includes("integer")) facts.kinds.add("number");
    if (types.includes("boolean")) facts.kinds.add("boolean");
    facts.text = types.includes("string") && !Array.isArray(values);
    if (types.includes("array")) facts.list = (schema["items"] ?? true) as Schema;
    if (isJsonObject(schema["properties"])) {
      for (const [name, inner] of Object.entries(schema["properties"])) facts.members.set(name, inner as Schema);
    }
    const { $ref } = schema;
    const inner = ["allOf", "anyOf", "oneOf"].flatMap((keyword) => (schema[keyword] ?? []) as Schema[]);
    if (typeof $ref === "string") inner.push(definitions[definitionName($ref)] ?? true);
    for (const one of inner.map((part) => factsOf(part, depth - 1))) {
      for (const kind of one.kinds) facts.kinds.add(kind);
      facts.text ||= one.text;
      facts.list ??= one.list;
      for (const [name, member] of one.members) facts.members.set(name, member);
    }
    return facts;
  }
}

type Facts = {
  readonly kinds: Set<"boolean" | "number">;
  text: boolean; // whether it may be any text
  list: Schema | undefined; // of its entries
  readonly members: Map<string, Schema>;
};

function isText(encoding: Encoding): boolean {
  return Array.isArray(encoding) && encoding.length === 0;
}
