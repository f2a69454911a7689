import { inspect } from "node:util";

/**
 * A text on one line, as a terminal may have it, with control characters written out: what comes from a target, a report or a
 * ledger could otherwise move the cursor, hide lines, look like lines of ours, or set the terminal's title.
 */
export function printable(text: string): string {
  return text.replaceAll(unprintable, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** A value of any kind as a message may show it, on one line: `JSON.stringify` throws for some, a template for others. */
export function showValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return inspect(value, { depth: 0, breakLength: Infinity, compact: true, customInspect: false, getters: false });
}

/** Controls of ASCII and Latin-1, breaks of lines, and what turns the direction of a text or takes no room. */
const unprintable = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
