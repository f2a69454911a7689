import type { Parts } from "../exchange.ts";
import type { Fires } from "../fault.ts";
import { isDeeperThan } from "../json-text.ts";

/** How a body that is refused comes to be accepted: what is judged in its place, and what the handler then gets. */
export type Amendment = { readonly judged: unknown; readonly taken: unknown };

/** Accepts bodies of one operation that are refused, where `amend` finds the one thing that is wrong with them. */
export function acceptBodies<P extends Parts<P>>(
  parts: P,
  fires: Fires,
  operation: string,
  amend: (text: string) => Amendment | undefined,
): P {
  return {
    ...parts,
    readBody: (exchange) => {
      const read = parts.readBody(exchange);
      if (exchange.operation.id !== operation || !("refusal" in read)) return read;
      const amendment = amend(exchange.request.body);
      if (amendment === undefined) return read;
      // Whatever else is wrong with the body still refuses it.
      const request = { ...exchange.request, body: JSON.stringify(amendment.judged) };
      if ("refusal" in parts.readBody({ ...exchange, request }) || !fires(operation)) return read;
      return { value: amendment.taken };
    },
  };
}

/** The members of a JSON object; none where the text is anything else, or too deep to be written again. */
export function readMembers(text: string): Readonly<Record<string, unknown>> {
  const value = isDeeperThan(text, levelsMax) ? undefined : readJson(text);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

const levelsMax = 1_000;

/** What a JSON text says; undefined where it is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
