import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { mapSubschemas, type Schema } from "./schema-keywords.ts";

/** What all three say of a value; `true`, `false`, or what was thrown. */
export type Verdict = {
  readonly version: string;
  readonly name: string;
  readonly schema: JsonObject;
  readonly value: JsonValue;
  readonly zod: string;
  readonly ajv: string;
  readonly other: string;
};

/** A difference that stays. */
type Known = { readonly name: string; readonly reason: string; readonly explains: (verdict: Verdict) => boolean };

const says = (verdict: Verdict, pattern: RegExp) => pattern.test(JSON.stringify(verdict.schema));
const has = (verdict: Verdict, pattern: RegExp) => pattern.test(JSON.stringify(verdict.value));
const isAgreed = ({ zod, ajv }: Verdict) => zod === ajv;

/** Where zod and ajv differ from each other, or both from the other validator. */
export const known: readonly Known[] = [
  {
    name: "integers beyond 2^53",
    reason:
      "a number does not hold them exactly, so that what arrived is not what was sent; `format: int64` takes them",
    explains: (verdict) =>
      isAgreed(verdict) && says(verdict, /"integer"|Count/) && has(verdict, /1e\+300|9007199254740992/),
  },
  {
    name: "multiples of a fraction",
    reason:
      "the other validator takes the remainder in binary, and knows none of negative numbers: to it -1 is no multiple of 0.01",
    explains: (verdict) =>
      isAgreed(verdict) && says(verdict, /"multipleOf":0\.01/) && has(verdict, /-|1e\+300|9007199254740992/),
  },
  {
    name: "null beside more than a type",
    reason:
      "3.0 lets `nullable` speak of `type` alone; who writes it beside `enum`, `$ref` or alternatives means that null is allowed",
    explains: (verdict) => isAgreed(verdict) && says(verdict, /"nullable":true/) && verdict.value === null,
  },
  {
    name: "formats in 3.0",
    reason: "the other validator checks none in its 3.0 dialect",
    explains: (verdict) => isAgreed(verdict) && verdict.version === "3.0.3" && says(verdict, /"format"/),
  },
  {
    name: "a further member called `__proto__`",
    reason: "zod drops it, and what is dropped is not looked at",
    explains: (verdict) =>
      verdict.ajv === verdict.other && says(verdict, /"additionalProperties":\{/) && has(verdict, /__proto__/),
  },
  {
    name: "unevaluated entries beside alternatives or `contains`",
    reason: "ajv looks for them from the second entry on, and not at all beside `contains`",
    explains: (verdict) =>
      isAgreed(verdict) &&
      says(verdict, /"unevaluatedItems"/) &&
      says(verdict, /"(anyOf|oneOf|if|dependentSchemas|contains)"/),
  },
  {
    name: "unevaluated members called `constructor` or `__proto__`",
    reason: "ajv takes what every object inherits for evaluated",
    explains: (verdict) =>
      isAgreed(verdict) && says(verdict, /"unevaluatedProperties"/) && has(verdict, /constructor|__proto__/),
  },
];

/** Where a value that the schemas accept does not have the type. */
export const knownOfTypes: readonly Known[] = [
  {
    name: "members without `type: object`",
    reason: "who describes members means an object, and a type that any text has would be of no use",
    explains: ({ schema, value }) => {
      const isOther = !isJsonObject(value) || !Object.values(value).every(isJsonObject);
      return isOther && describesMembers(schema);
    },
  },
  {
    name: "objects without any of the members that a type lists as optional",
    reason: "TypeScript refuses them, since they are most often a mistake",
    explains: ({ schema, value }) => {
      return (
        isJsonObject(value) && memberNames(schema).some((names) => !names.some((name) => Object.hasOwn(value, name)))
      );
    },
  },
  {
    name: "an optional member called `constructor`",
    reason: "to TypeScript every object has one, a function",
    explains: (verdict) => says(verdict, /"constructor":/),
  },
];

function describesMembers(schema: Schema): boolean {
  return parts(schema).some((part) => {
    return (
      !("type" in part) &&
      ["properties", "additionalProperties", "patternProperties"].some((keyword) => keyword in part)
    );
  });
}

/** The members of each object that a schema describes. */
function memberNames(schema: Schema): string[][] {
  return parts(schema).flatMap(({ $ref, properties }) => {
    if (typeof $ref === "string" && /Tree|Shut/.test($ref)) return [["a", "b"], ["a"]];
    return isJsonObject(properties) ? [Object.keys(properties)] : [];
  });
}

/** A schema and all that are inside of it. */
function parts(schema: Schema): JsonObject[] {
  if (typeof schema === "boolean") return [];
  const found = [schema];
  mapSubschemas(schema, (inner) => {
    found.push(...parts(inner));
    return inner;
  });
  return found;
}
