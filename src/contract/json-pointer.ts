/**
 * Formats where a value is inside a document, as a JSON pointer.
 *
 * @param path - keys and array indexes from the root: `["paths", "/api/x"]` gives `/paths/~1api~1x`
 * @see RFC 6901
 */
export function formatPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The inverse of {@link formatPointer}; takes the fragment form too, with or without its `#`. */
export function parsePointer(pointer: string): string[] {
  const steps = pointer.replace(/^#/, "").split("/").slice(1);
  return steps.map((step) => decodePercent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone "%" in a key that is not encoded
  }
}
