import type { Exchange } from "../kit/law/exchange.ts";
import { isObject } from "../kit/law/schema.ts";
import type { JsonObject } from "../kit/law/schema.ts";

/** The entries of `sandboxes` in an answer, however odd the rest of it. */
export function sandboxesIn(exchange: Exchange): readonly JsonObject[] {
  const entries = entriesOf(exchange);
  return Array.isArray(entries) ? entries.filter(isObject) : [];
}

/** Whether an answer has a list of sandboxes at all. */
export function hasSandboxes(exchange: Exchange): boolean {
  return Array.isArray(entriesOf(exchange));
}

function entriesOf({ response: { json } }: Exchange): unknown {
  return isObject(json) ? json["sandboxes"] : undefined;
}
