import type { Exchange } from "../kit/exchange.ts";
import { isObject } from "../kit/schema.ts";
import type { JsonObject } from "../kit/schema.ts";

/** The entries of `sandboxes` in an answer, however odd the rest of it. */
export function sandboxesIn({ response: { json } }: Exchange): readonly JsonObject[] {
  const entries = isObject(json) ? json["sandboxes"] : undefined;
  return Array.isArray(entries) ? entries.filter(isObject) : [];
}
