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
  const entries = Object.entries(definitions);
  const alone = { definitions, isExact: () => true };
  const own = new Map(entries.map(([name, schema]) => [name, toZodDialect(schema, alone)]));
  const isLoose = (name: string) => own.get(name)?.exact === false;
  const inexact = entries.flatMap(([name, schema]) => {
    return isLoose(name) || reachableDefinitions(schema, definitions).some(isLoose) ? [name] : [];
  });
  const lost = new Set(inexact);
  const dialect = { definitions, isExact: (name: string) => !lost.has(name) };
  const read = new Map(
    entries.map(([name, schema]) => {
      const known = lost.has(name) ? undefined : own.get(name)?.schema;
      return [name, known ?? toZodDialect(schema, dialect).schema] as const;
    }),
  );
  for (const schema of read.values()) {
    for (const name of referencesOf(schema).filter((one) => one.endsWith(withoutDefaults) && !read.has(one))) {
      const original = definitions[name.slice(0, -withoutDefaults.length)] ?? true;
      read.set(name, toZodDialect(original, dialect, false).schema); // and the loop comes to it
    }
  }
  return { definitions: Object.fromEntries(read), inexact };
}
