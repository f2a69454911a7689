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
