import { ContractError } from "../contract/contract-error.ts";
import { formatPointer, parsePointer } from "../contract/json-pointer.ts";
import { isJsonObject, valueAt, type JsonObject, type JsonValue } from "./json.ts";
import { mapDocument } from "./map-document.ts";
import { isSchema, mapSubschemas, type Schema } from "./schema-keywords.ts";

type Visit = (value: JsonValue, path: readonly string[]) => JsonValue;

/**
 * Lets every `$ref` lead to a component, since tools trip over those that lead into the middle of something.
 *
 * What a schema refers to elsewhere becomes a component schema, named by its pointer: `#/components/schemas/A/properties/b`
 * becomes `#/components/schemas/A_properties_b`. Names in a discriminator's mapping become references. Anything else that is referred to elsewhere is copied to where it is used.
 *
 * @param document - a self-contained 3.1 document; it is left as it is
 * @param locate - says where a pointer is, for messages
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` for references by other means than a JSON pointer
 */
export function withComponentReferences(document: JsonObject, locate: (pointer: string) => string): JsonObject {
  const schemas = componentSchemas(document);
  const added: Record<string, JsonValue> = {};
  const underWay = new Set<string>();
  const nameByPointer = new Map<string, string>();
  const result = mapDocument(document, { schema: visitSchema, reference: copied });
  if (Object.keys(added).length === 0) return result;
  const components = result["components"] as JsonObject | undefined;
  return { ...result, components: { ...components, schemas: { ...componentSchemas(result), ...added } } };

  /** Remembers what is being copied, to notice a copy that holds itself. */
  function guarded<T>(steps: readonly string[], action: () => T): T {
    const pointer = formatPointer(steps);
    underWay.add(pointer);
    const outcome = action();
    underWay.delete(pointer);
    return outcome;
  }

  function copied(node: JsonObject, path: readonly string[], visit: Visit): JsonValue | undefined {
    const { $ref, ...own } = node;
    if (typeof $ref !== "string" || isComponent($ref)) return undefined;
    const steps = parsePointer($ref);
    if (underWay.has(formatPointer(steps)) || steps.every((step, index) => step === path[index])) {
      throw unsupported(path, `${$ref} leads back to itself`);
    }
    const target = guarded(steps, () => visit(valueAt(document, steps) ?? null, steps));
    return isJsonObject(target) ? { ...target, ...own } : target;
  }

  function visitSchema(schema: Schema, path: readonly string[]): Schema {
    if (typeof schema === "boolean") return schema;
    for (const keyword of ["$dynamicRef", "$dynamicAnchor", "$recursiveRef"]) {
      if (keyword in schema) throw unsupported([...path, keyword], "dynamic references are not supported: use $ref");
    }
    const { $ref } = schema;
    const own = { ...schema };
    if (typeof $ref === "string") own["$ref"] = componentOf($ref, path);
    if (isJsonObject(schema["discriminator"])) own["discriminator"] = withMappedReferences(schema["discriminator"]);
    return mapSubschemas(own, (inner, step) => visitSchema(inner, [...path, ...step]));
  }

  /** A mapping may give a schema's bare name, which tools take for a file. */
  function withMappedReferences(discriminator: JsonObject): JsonObject {
    const { mapping } = discriminator;
    if (!isJsonObject(mapping)) return discriminator;
    const references = Object.entries(mapping).map(([value, target]): [string, JsonValue] => {
      const isName = typeof target === "string" && Object.hasOwn(schemas, target);
      return [value, isName ? `#/components/schemas/${target}` : target];
    });
    return { ...discriminator, mapping: Object.fromEntries(references) };
  }

  function componentOf(ref: string, path: readonly string[]): string {
    if (!ref.startsWith("#/"))
      throw unsupported([...path, "$ref"], `${ref} is no JSON pointer: name the schema's place`);
    if (/^#\/components\/schemas\/[^/]+$/.test(ref)) return ref;
    const steps = parsePointer(ref);
    const target = valueAt(document, steps);
    if (!isSchema(target)) throw unsupported([...path, "$ref"], `${ref} is no schema`);
    const pointer = formatPointer(steps);
    let name = nameByPointer.get(pointer);
    if (name === undefined) {
      name = freeName(steps);
      nameByPointer.set(pointer, name);
      added[name] = true; // takes the name before what it refers to
      added[name] = visitSchema(target, steps);
    }
    return `#/components/schemas/${name}`;
  }

  function freeName(steps: readonly string[]): string {
    const stem = steps
      .join("_")
      .replace(/^components_schemas_/, "")
      .replaceAll(/[^A-Za-z0-9._-]+/g, "_");
    let name = stem;
    for (let count = 2; Object.hasOwn(schemas, name) || Object.hasOwn(added, name); count += 1)
      name = `${stem}-${count}`;
    return name;
  }

  function unsupported(path: readonly string[], message: string): ContractError {
    return new ContractError("SPEC_UNSUPPORTED", `${locate(formatPointer(path))}: ${message}`);
  }
}

function componentSchemas(document: JsonObject): JsonObject {
  const { components } = document;
  return isJsonObject(components) && isJsonObject(components["schemas"]) ? components["schemas"] : {};
}

/** What tools expect references to lead to; from sections of other versions, or of an author's own, things are copied. */
const componentSections: ReadonlySet<string> = new Set([
  ...["callbacks", "examples", "headers", "links", "parameters", "pathItems", "requestBodies", "responses", "schemas"],
  "securitySchemes",
]);

function isComponent(ref: string): boolean {
  return componentSections.has(/^#\/components\/([^/]+)\/[^/]+$/.exec(ref)?.[1] ?? "");
}
