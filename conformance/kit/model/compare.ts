export { isDeepStrictEqual as isSame } from "node:util";

/** A value in a sentence, cut short. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
