/**
 * Groups warnings of the form `where: what` that say the same of several places: one line for each `what`, with the
 * first place and how many more there are.
 */
export function groupWarnings(warnings: readonly string[]): string[] {
  const placesByWhat = new Map<string, Set<string>>();
  for (const warning of warnings) {
    const [where = "", ...what] = warning.split(": ");
    const places = placesByWhat.get(what.join(": ")) ?? new Set();
    placesByWhat.set(what.join(": "), places.add(where));
  }
  return [...placesByWhat].map(([what, places]) => {
    const [first = ""] = places;
    const more = places.size > 1 ? ` (and at ${places.size - 1} more)` : "";
    return `${first}${what === "" ? "" : `: ${what}`}${more}`;
  });
}
