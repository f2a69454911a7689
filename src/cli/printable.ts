/**
 * A text as a terminal may have it, with control characters written out: what comes from a target, a report or a ledger
 * could otherwise move the cursor, hide lines or set the title.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
