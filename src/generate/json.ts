/** A value that JSON can hold, which is all that an OpenAPI document is made of. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The strings of an array, or none where it is not an array: for lists such as `required` in unchecked documents. */
export function stringsOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

/** Copies an object with each member replaced; also one called `__proto__`, which an assignment would lose. */
export function mapMembers(object: JsonObject, replace: (value: JsonValue, name: string) => JsonValue): JsonObject {
  const result: JsonObject = {};
  for (const name of Object.keys(object)) {
    const value = replace(object[name] as JsonValue, name);
    if (name !== "__proto__") result[name] = value;
    else Object.defineProperty(result, name, { value, configurable: true, enumerable: true, writable: true });
  }
  return result;
}

/**
 * Formats where a value is inside a document, as a JSON pointer.
 *
 * @param path - keys and array indexes from the root: `["paths", "/api/x"]` gives `/paths/~1api~1x`
 * @see RFC 6901
 */
export function formatPointer(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The inverse of {@link formatPointer}; takes the fragment form too, with or without its `#`. */
export function parsePointer(pointer: string): string[] {
  const steps = pointer.replace(/^#/, "").split("/").slice(1);
  return steps.map((step) => decodePercent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value a pointer leads to, or undefined where it leads nowhere. */
export function valueAt(root: JsonValue, path: readonly (string | number)[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isJsonObject(value) && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone "%" in a key that is not encoded
  }
}
