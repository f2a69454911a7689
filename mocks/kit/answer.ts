import type { Answer } from "./exchange.ts";

/** An answer whose body is written out: what any way of sending takes. */
export type WrittenAnswer = Answer & { readonly text: string };

/**
 * Writes an answer's JSON as text, and its reason in a header.
 *
 * @param headers - those of every answer of its kind; its own go before them
 */
export function writeAnswer(answer: Answer, headers: Readonly<Record<string, string>> = {}): WrittenAnswer {
  const { json, text = json === undefined ? "" : JSON.stringify(json), headers: own, reason } = answer;
  const written: Record<string, string> = { ...headers };
  if (json !== undefined) written["content-type"] = "application/json";
  if (own !== undefined) Object.assign(written, own);
  if (reason !== undefined) written["x-sandglass-reason"] = formatReason(reason);
  return { ...answer, text, headers: written };
}

const reasonLengthMax = 500;

// A header carries visible ASCII only, and what a caller sent may stand in the message.
function formatReason({ rule, message, pointer }: NonNullable<Answer["reason"]>): string {
  const where = pointer === undefined ? "" : ` at ${pointer || "the whole body"}`;
  return `${rule}${where}: ${message}`.replace(/[^\x20-\x7e]/g, "?").slice(0, reasonLengthMax);
}
