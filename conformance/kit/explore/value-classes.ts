import { isObject, propertiesOf, resolveSchema } from "../law/schema.ts";
import type { JsonObject, JsonSchema } from "../law/schema.ts";
import { plainValue } from "../input/valid-value.ts";

/** One value of a class, with the name of the class: "maximum + 1". */
type Classed<Value = unknown> = { readonly name: string; readonly value: Value };

/** Beyond this depth only plain members are looked at. */
const depthMax = 2;

/**
 * Values of a schema, one of each class: both sides of each bound, what is empty, zero or null, the default named, texts by
 * characters, UTF-16 units and bytes, numbers beyond 32 and 53 bits, each member alone and beside others. Which of them the
 * contract allows is for a validator to say.
 */
export function valueClasses(document: JsonObject, unresolved: unknown, depth = 0): readonly Classed[] {
  const schema = resolveSchema(document, unresolved);
  const told = [
    ...named("default", "default" in schema ? [schema["default"]] : []),
    ...named("enum", list(schema["enum"])),
    ...named("example", list(schema["examples"])),
  ];
  return once([...told, ...ofType(document, schema, depth), ...otherTypes]);
}

function ofType(document: JsonObject, schema: JsonSchema, depth: number): readonly Classed[] {
  const types = [schema["type"]].flat();
  if (types.includes("integer") || types.includes("number")) return numberClasses(schema);
  if (types.includes("boolean")) return named("boolean", [true, false]);
  if (types.includes("string")) return textClasses(schema);
  if (types.includes("array")) return arrayClasses(document, schema, depth);
  if (isObject(schema["properties"])) return memberClasses(document, schema, depth);
  return isObject(schema["additionalProperties"])
    ? mapClasses(schema, schema["additionalProperties"])
    : [{ name: "nested", value: { type: "nested", of: { list: [1, "two", null], empty: {} } } }];
}

/** What has another type than anything else here. */
const otherTypes: readonly Classed[] = [
  { name: "null", value: null },
  { name: "true", value: true },
  { name: "text", value: "text" },
  { name: "text of a number", value: "60" },
  { name: "fraction", value: 0.5 },
  { name: "empty list", value: [] },
  { name: "list", value: ["text"] },
  { name: "empty object", value: {} },
  { name: "object of a number", value: { a: 1 } },
];

function numberClasses({ minimum, maximum }: JsonSchema): readonly Classed[] {
  const bounds = [
    ["minimum", minimum],
    ["maximum", maximum],
  ].flatMap(([name, bound]) =>
    typeof bound === "number"
      ? [-1, 0, 1].map((by) => ({ name: `${String(name)}${signed(by)}`, value: bound + by }))
      : [],
  );
  const bits = [31, 32, 53].flatMap((bits) => [
    { name: `2^${bits} - 1`, value: 2 ** bits - 1 },
    { name: `2^${bits}`, value: 2 ** bits },
  ]);
  return [...bounds, ...named("number", [0, 1, -1, 60, 1e15]), ...bits, ...named("number", wrapping)];
}

/** Numbers that come out small, or below zero, where they are kept in 16 or 32 bits, or as milliseconds or nanoseconds. */
const wrapping = [
  2 ** 16 + 5,
  2 ** 32 + 5,
  ...[2 ** 31 / 1e3, 2 ** 32 / 1e3, 2 ** 63 / 1e9].map((limit) => Math.floor(limit) + 1),
];

function signed(by: number): string {
  return by === 0 ? "" : by < 0 ? " - 1" : " + 1";
}

/** Characters that count differently by code points, UTF-16 units and bytes. */
const characters = [
  ["ASCII", "x"],
  ["two bytes", "ä"],
  ["two units", "🔑"],
] as const;

/** Texts that one server or another takes for something else. */
const oddTexts = [
  "",
  " ",
  " padded ",
  "Ünïcödé 🔑",
  "a\nb",
  "__proto__",
  "null",
  "0",
  "<b>&amp;'\"",
  "%2e%2e/%00",
  "\u0000",
];

function textClasses({ minLength, maxLength }: JsonSchema): readonly Classed[] {
  const bounds = [minLength, maxLength].filter((bound) => typeof bound === "number");
  const lengths = bounds.flatMap((bound) =>
    [-1, 0, 1].flatMap((by) =>
      characters.map(([kind, character]) => ({
        name: `length ${bound}${signed(by)} (${kind})`,
        value: character.repeat(Math.max(0, bound + by)),
      })),
    ),
  );
  // As many bytes, or UTF-16 units, as there may be characters.
  const fitting =
    typeof maxLength === "number"
      ? [2, 4].map((by) => ({
          name: `length ${maxLength} in ${by === 2 ? "two-byte characters" : "four-byte characters"}`,
          value: (by === 2 ? "ä" : "🔑").repeat(maxLength / by),
        }))
      : [];
  return [...lengths, ...fitting, ...named("text", oddTexts)];
}

function arrayClasses(
  document: JsonObject,
  { items, minItems, maxItems }: JsonSchema,
  depth: number,
): readonly Classed[] {
  const item = plainValue(document, items);
  const many = (count: number) => Array.from({ length: count }, () => item);
  const bounds = [minItems, maxItems].filter((bound) => typeof bound === "number");
  return [
    ...[...new Set([0, 1, 2, ...bounds.flatMap((bound) => [bound - 1, bound, bound + 1])])]
      .filter((count) => count >= 0)
      .map((count) => ({ name: `${count} items`, value: many(count) })),
    ...(depth >= depthMax
      ? []
      : valueClasses(document, items, depth + 1).map(({ name, value }) => ({
          name: `second item: ${name}`,
          value: [item, value],
        }))),
  ];
}

/** Each member of each class, beside what is required and, once more, beside all others. */
function memberClasses(document: JsonObject, schema: JsonSchema, depth: number): readonly Classed[] {
  const properties = propertiesOf(schema);
  const required = list(schema["required"]).map(String);
  const plain = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, plainValue(document, properties[name])]));
  const base = plain(required);
  const each = Object.entries(properties).flatMap(([name, property]) =>
    depth >= depthMax
      ? [{ name, value: { ...base, [name]: plainValue(document, property) } }]
      : valueClasses(document, property, depth + 1).map((classed) => ({
          name: `${name}: ${classed.name}`,
          value: { ...base, [name]: classed.value },
        })),
  );
  return [
    { name: "required members", value: base },
    ...required.map((name) => ({
      name: `without ${name}`,
      value: Object.fromEntries(Object.entries(base).filter(([own]) => own !== name)),
    })),
    ...each,
    ...(depth > 0 || Object.keys(properties).length < 2 ? [] : wrongBesideOthers(document, properties)),
    { name: "unknown members", value: { ...base, ...unknownMembers } },
  ];
}

/** All members at once, one of which is wrong: what is right beside it is not to be done either. */
function wrongBesideOthers(document: JsonObject, properties: JsonObject): readonly Classed[] {
  const usual = Object.entries(properties).map(([name, property]) => {
    const { type, format, examples } = resolveSchema(document, property);
    const isText = type === "string" && format === undefined && examples !== undefined;
    return [name, isText ? "beside-what-is-wrong" : plainValue(document, property)] as const;
  });
  return Object.keys(properties).flatMap((name) =>
    [[0], ""].map((wrong) => ({
      name: `all members, ${name} ${JSON.stringify(wrong)}`,
      value: Object.fromEntries([...usual.filter(([other]) => other !== name), [name, wrong]]),
    })),
  );
}

/** Names under which a server keeps what a request has no say in. */
const unknownMembers = {
  ...{ "x-not-in-contract": true, id: "sb-of-another", sandboxID: "sb-of-another", status: "stopped" },
  ...{
    orgID: "another",
    organization_id: "another",
    owner: "another",
    tenant: "another",
    token: "a-token-of-the-caller",
  },
};

function mapClasses({ maxProperties, propertyNames }: JsonSchema, value: JsonSchema): readonly Classed[] {
  const keys = isObject(propertyNames) ? textClasses(propertyNames) : [];
  const max = typeof maxProperties === "number" ? maxProperties : 20;
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));
  return [
    { name: "one entry", value: { a: "1" } },
    { name: "other value", value: { a: "2" } },
    { name: "other entries", value: { b: "2", c: "3" } },
    { name: "two entries", value: { a: "1", b: "2" } },
    { name: "entries in another order", value: { b: "2", a: "1" } },
    { name: "keys by letter case", value: { Key: "1", key: "2" } },
    { name: "keys that sort as numbers", value: { "10": "ten", "9": "nine" } },
    ...[max - 1, max, max + 1].map((count) => ({ name: `${count} entries`, value: many(count) })),
    ...[...keys, ...named("key", oddKeys)].map((key) => ({ name: `key, ${key.name}`, value: own(String(key.value)) })),
    ...named("second key", ["a b", ""]).map((key) => ({
      name: key.name,
      value: { a: "valid", [String(key.value)]: "2" },
    })),
    ...[...textClasses(value), ...otherTypes].flatMap((classed) => [
      { name: `value, ${classed.name}`, value: { a: classed.value } },
      { name: `second value, ${classed.name}`, value: { valid: "1", a: classed.value } },
    ]),
  ];
}

const oddKeys = [
  "a b",
  "ä",
  "a.b:c_d-e",
  "constructor",
  "toString",
  "oc:x",
  "OC:x",
  "oc",
  "xoc:y",
  "a/b",
  "x".repeat(64),
];

/** A member that stands in the object itself, whatever its name means to JavaScript. */
function own(name: string): JsonObject {
  return Object.fromEntries([[name, "v"]]);
}

function named(kind: string, values: readonly unknown[]): readonly Classed[] {
  return values.map((value) => ({ name: `${kind} ${JSON.stringify(value)}`.slice(0, 60), value }));
}

function once(classes: readonly Classed[]): readonly Classed[] {
  const seen = new Set<string>();
  return classes.filter(({ value }) => {
    const text = JSON.stringify(value);
    return !seen.has(text) && seen.add(text);
  });
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
