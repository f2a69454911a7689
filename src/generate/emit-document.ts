import { type Emission, formatOrigin } from "./header.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { indent } from "./source-text.ts";
import type { Write } from "./text-file.ts";

/** Writes the effective document. JSON has no comments, so that its origin is an extension. */
export function emitDocument(document: JsonObject, { origin, write }: Omit<Emission, "typesFrom">): void {
  const { openapi = "", ...rest } = document;
  writeJson({ openapi, "x-generated": formatOrigin(origin), ...rest }, write, 3); // down to each schema, and each path
  write("\n");
}

/** Writes what `JSON.stringify(value, null, 2)` gives, member by member down to a depth. */
function writeJson(value: JsonValue, write: Write, depth: number, margin = 0): void {
  const entries = isJsonObject(value) && depth > 0 ? Object.entries(value) : [];
  if (entries.length === 0) return write(indent(JSON.stringify(value, null, 2), margin));
  const space = " ".repeat(margin + 2);
  entries.forEach(([name, inner], index) => {
    write(`${index === 0 ? "{" : ","}\n${space}${JSON.stringify(name)}: `);
    writeJson(inner, write, depth - 1, margin + 2);
  });
  write(`\n${" ".repeat(margin)}}`);
}
