/** Where a member or an entry is in a JSON text: its name, or itself in an array, and its value. */
type Place = { readonly name: number; readonly value: number };

/** Finds values in a JSON text without building anything but what was asked for. */
export type JsonIndex = { readonly offsetAt: (steps: readonly string[]) => number };

/**
 * Creates an index over a text that `JSON.parse` takes. Containers are read when a place in them is asked for, once each:
 * a tree of nodes with places would need many times the memory of a large document.
 */
export function createJsonIndex(text: string): JsonIndex {
  const places = new Map<number, ReadonlyMap<string, Place>>();
  const placesAt = (offset: number) => {
    const known = places.get(offset) ?? new Map(listPlaces(text, offset));
    places.set(offset, known);
    return known;
  };
  return {
    offsetAt: (steps) => {
      let place = { name: skipSpace(text, 0), value: skipSpace(text, 0) };
      for (const step of steps) {
        const inner = placesAt(place.value).get(step);
        if (inner === undefined) break;
        place = inner;
      }
      return place.name;
    },
  };
}

/** The members of the object, or the entries of the array, that starts at an offset. */
function* listPlaces(text: string, offset: number): Generator<[string, Place]> {
  const close = { "{": "}", "[": "]" }[text.charAt(offset)];
  if (close === undefined) return;
  let at = skipSpace(text, offset + 1);
  for (let index = 0; at < text.length && text[at] !== close; index += 1) {
    const name = at;
    let step = String(index);
    if (close === "}") {
      at = endOfString(text, at);
      step = JSON.parse(text.slice(name, at)) as string;
      at = skipSpace(text, skipSpace(text, at) + 1); // the colon
    }
    yield [step, { name, value: at }];
    at = skipSpace(text, endOfValue(text, at));
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \n\r\t".includes(text.charAt(at))) at += 1;
  return at;
}

function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let slashes = 0;
  while (text[quote - 1 - slashes] === "\\") slashes += 1;
  return slashes % 2 === 1;
}

function endOfValue(text: string, from: number): number {
  const structure = /["[\]{}]/g;
  const plain = /[\s,\]}]/g;
  if (text[from] === '"') return endOfString(text, from);
  if (!"[{".includes(text.charAt(from))) {
    plain.lastIndex = from;
    return plain.exec(text)?.index ?? text.length;
  }
  structure.lastIndex = from;
  for (let depth = 0, found = structure.exec(text); found !== null; found = structure.exec(text)) {
    if (found[0] === '"') structure.lastIndex = endOfString(text, found.index);
    else depth += "[{".includes(found[0]) ? 1 : -1;
    if (depth === 0) return found.index + 1;
  }
  return text.length;
}
