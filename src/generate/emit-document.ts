import { formatOrigin, type Origin } from "./header.ts";
import type { JsonObject } from "./json.ts";

/** Writes the effective document. JSON has no comments, so that its origin is an extension. */
export function emitDocument(document: JsonObject, origin: Origin): string {
  const { openapi, ...rest } = document;
  return `${JSON.stringify({ openapi, "x-generated": formatOrigin(origin), ...rest }, null, 2)}\n`;
}
