/**
 * Hides members of an answer, or of each entry of a list, from `console.log`, `JSON.stringify` and spreading: they can
 * still be read by name. Changes the value that it is given.
 */
export function hideMembers(answer: unknown, names: readonly string[]): void {
  const holders: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  for (const holder of holders) {
    if (typeof holder !== "object" || holder === null) continue;
    for (const name of names) {
      if (Object.hasOwn(holder, name)) Object.defineProperty(holder, name, { enumerable: false });
    }
  }
}
