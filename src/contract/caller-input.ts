import { showValue } from "./printable.ts";
import { closestMatch } from "leven";

// What a caller of this process hands over: TypeScript sees a misspelt name where it is written out, JavaScript never does.

/** Says that there is no such name, and which one was meant, or which there are. */
export function explainUnknown(noun: string, given: unknown, names: readonly string[], list = names): string {
  const nearest = typeof given === "string" ? findNearest(given, names) : undefined;
  const hint = nearest === undefined ? `there are ${list.filter(Boolean).join(", ")}` : `did you mean "${nearest}"?`;
  return `there is no ${noun} ${showValue(given)}: ${hint}`;
}

const slipsMax = 3; // what differs more is another name, not one that is misspelt

function findNearest(given: string, names: readonly string[]): string | undefined {
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const maxDistance = Math.min(slipsMax, Math.floor(given.length / 2));
  const nearest = closestMatch(given.toLowerCase(), [...byLowerCase.keys()], { maxDistance });
  return nearest === undefined ? undefined : byLowerCase.get(nearest);
}
