import { reachableDefinitions, referencesOf, type SchemaSet } from "./schema-set.ts";
import { toZodDialect, withoutDefaults } from "./zod-dialect.ts";

/**
 * Rewrites definitions for zod's converter.
 *
 * @returns the definitions, also those without defaults that others refer to, and the names of those that zod accepts more for than
 *   the schema allows
 */
export function readForZod(definitions: SchemaSet["definitions"]): {
  readonly definitions: SchemaSet["definitions"];
  readonly inexact: readonly string[];
} {
  // First what each says itself, then what those that it refers to add to that.
  const own = new Set(
    Object.entries(definitions).flatMap(([name, schema]) => {
      return toZodDialect(schema, { definitions, isExact: () => true }).exact ? [] : [name];
    }),
  );
  const inexact = Object.keys(definitions).filter((name) => {
    return own.has(name) || reachableDefinitions(definitions[name] ?? true, definitions).some((one) => own.has(one));
  });
  const lost = new Set(inexact);
  const dialect = { definitions, isExact: (name: string) => !lost.has(name) };
  const read = new Map(
    Object.entries(definitions).map(([name, schema]) => [name, toZodDialect(schema, dialect).schema] as const),
  );
  for (const schema of read.values()) {
    for (const name of referencesOf(schema).filter((one) => one.endsWith(withoutDefaults) && !read.has(one))) {
      const original = definitions[name.slice(0, -withoutDefaults.length)] ?? true;
      read.set(name, toZodDialect(original, dialect, false).schema); // and the loop comes to it
    }
  }
  return { definitions: Object.fromEntries(read), inexact };
}
