import type { Answer } from "./exchange.ts";

/** An answer whose body is written out: what any way of sending takes. */
export type WrittenAnswer = Omit<Answer, "json"> & { readonly text: string };

/**
 * Writes an answer's JSON as text, and its reason in a header.
 *
 * @param headers - those of every answer of its kind; its own go before them
 */
export function writeAnswer(
  { json, text = json === undefined ? "" : JSON.stringify(json), ...answer }: Answer,
  headers: Readonly<Record<string, string>> = {},
): WrittenAnswer {
  const form = json === undefined ? undefined : { "content-type": "application/json" };
  const because = answer.reason === undefined ? undefined : { "x-sandglass-reason": formatReason(answer.reason) };
  return { ...answer, text, headers: { ...headers, ...form, ...answer.headers, ...because } };
}

const reasonLengthMax = 500;

// A header carries visible ASCII only, and what a caller sent may stand in the message.
function formatReason({ rule, message, pointer }: NonNullable<Answer["reason"]>): string {
  const where = pointer === undefined ? "" : ` at ${pointer || "the whole body"}`;
  return `${rule}${where}: ${message}`.replace(/[^\x20-\x7e]/g, "?").slice(0, reasonLengthMax);
}
