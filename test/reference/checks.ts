/** What is wrong in a body, and where: names of members and indexes of lists, from the outside in. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly path: readonly (string | number)[];
  constructor(message: string, path: readonly (string | number)[]) {
    super(message);
    this.path = path;
  }
}

type Range = { readonly min: number; readonly max: number };

/** The members of an object, each read by a check that says where it fails. A member that is missing is undefined. */
export class Members {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #path: readonly (string | number)[];
  readonly #nullIsAbsent: boolean;

  constructor(value: unknown, path: readonly (string | number)[] = [], nullIsAbsent = false) {
    if (!isObject(value)) throw new Fault(`expected an object, received ${kindOf(value)}`, path);
    this.#members = value;
    this.#path = path;
    this.#nullIsAbsent = nullIsAbsent;
  }

  names(): readonly string[] {
    return Object.keys(this.#members).filter((name) => this.has(name));
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name) && !(this.#nullIsAbsent && this.#members[name] === null);
  }

  text(name: string, lengthMin = 0): string | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#members[name];
    if (typeof value !== "string") return this.fail(name, `${name} must be a string, not ${kindOf(value)}`);
    if (value.length < lengthMin) return this.fail(name, `${name} cannot be empty`);
    return value;
  }

  whole(name: string, { min, max }: Range): number | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#members[name];
    if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
      return this.fail(name, `${name} must be a whole number from ${min} to ${max}`);
    }
    return value;
  }

  flag(name: string): boolean | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#members[name];
    return typeof value === "boolean" ? value : this.fail(name, `${name} must be true or false`);
  }

  object(name: string): Members | undefined {
    if (!this.has(name)) return undefined;
    return new Members(this.#members[name], [...this.#path, name], this.#nullIsAbsent);
  }

  /** The items of a list, each read by `read`, which is told its place. */
  list<Item>(
    name: string,
    read: (item: unknown, path: readonly (string | number)[]) => Item,
    itemsMin = 0,
  ): Item[] | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#members[name];
    if (!Array.isArray(value)) return this.fail(name, `${name} must be an array, not ${kindOf(value)}`);
    if (value.length < itemsMin) return this.fail(name, `${name} must have at least ${itemsMin} items`);
    return value.map((item: unknown, index) => read(item, [...this.#path, name, index]));
  }

  texts(name: string, itemsMin = 0): string[] | undefined {
    return this.list(name, textItem, itemsMin);
  }

  /** As it was sent. */
  raw(name: string): unknown {
    return this.has(name) ? this.#members[name] : undefined;
  }

  /** The value, which has to be there. */
  needed<Value>(name: string, value: Value | undefined): Value {
    return value === undefined ? this.fail(name, `${name} is required`) : value;
  }

  fail(name: string, message: string): never {
    throw new Fault(message, [...this.#path, name]);
  }
}

function textItem(item: unknown, path: readonly (string | number)[]): string {
  if (typeof item !== "string") throw new Fault(`expected a string, received ${kindOf(item)}`, path);
  return item;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

/** What the bytes say in JSON; undefined where they are no JSON in UTF-8. */
export function parseJson(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)) as unknown };
  } catch {
    return undefined;
  }
}

/** Whether a media type says JSON. */
export function isJsonType(contentType: string | undefined): boolean {
  return /^\s*application\/json\s*(;|$)/i.test(contentType ?? "");
}
