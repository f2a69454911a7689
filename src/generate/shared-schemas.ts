import { mapSubschemas, type Schema, visitSubschemas } from "./schema-keywords.ts";

/** Shorter schemas take less code than a call of another's validator. */
const textLengthMin = 100;

/**
 * Lets objects of which several schemas say the same be said once: each place refers to the schema that says it, or to an added one.
 * Documents that were bundled without names, of webhooks say, repeat most of what they hold.
 *
 * @param schemas - by name
 * @param referenceTo - the `$ref` that leads to a name
 * @returns schemas that mean the same, under the same names and the added ones
 */
export function shareSchemas(
  schemas: ReadonlyMap<string, Schema>,
  referenceTo: (name: string) => string,
): Map<string, Schema> {
  const texts = new Map<Schema, string>();
  const uses = new Map<string, number>();
  const names = new Map<string, string>(); // by text
  const result = new Map<string, Schema>();
  for (const [name, schema] of schemas) {
    count(schema);
    const text = texts.get(schema);
    if (text !== undefined && !names.has(text)) names.set(text, name);
  }
  for (const [name, schema] of schemas) {
    result.set(name, names.get(texts.get(schema) ?? "") === name ? inner(schema, name) : shared(schema, name));
  }
  return result;

  function count(schema: Schema): void {
    if (typeof schema === "boolean") return;
    if ("properties" in schema) {
      const text = JSON.stringify(schema);
      if (text.length >= textLengthMin) texts.set(schema, text);
      uses.set(text, (uses.get(text) ?? 0) + 1);
    }
    visitSubschemas(schema, count);
  }

  function inner(schema: Schema, owner: string): Schema {
    return typeof schema === "boolean" ? schema : mapSubschemas(schema, (one) => shared(one, owner));
  }

  function shared(schema: Schema, owner: string): Schema {
    const text = texts.get(schema);
    if (text === undefined || (uses.get(text) ?? 0) < 2) return inner(schema, owner);
    const known = names.get(text);
    if (known !== undefined) return { $ref: referenceTo(known) };
    const name = freeName(owner);
    names.set(text, name);
    result.set(name, true); // takes the name
    result.set(name, inner(schema, owner));
    return { $ref: referenceTo(name) };
  }

  /** Begins with the name of the schema that it was found in, by which messages tell where it is. */
  function freeName(owner: string): string {
    let number = 1;
    while (schemas.has(`${owner} ${number}`) || result.has(`${owner} ${number}`)) number += 1;
    return `${owner} ${number}`;
  }
}
