/** Text of `schemas.ts` that is the same for every document, apart from what a document has no use for. */
export function formatRuntime({ typesFrom, uses, decodes, checks }: RuntimeOptions): string {
  return `import { z } from "zod";
import type { ${uses.join(", ")} } from ${JSON.stringify(typesFrom)};
${checks ? 'import { forSchemas } from "./validators.js";\n' : ""}
/** What one operation takes and answers; \`responses\` by status key. */
export type OperationSchemas = {
  readonly path?: z.ZodType; // reads the texts that a URL has: "5" is a number where the document says so
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly bodyRequired: boolean;
  readonly responses: Readonly<Record<string, z.ZodType>>;
};

/** A JSON Schema, and the names of the definitions that its references lead to. */
type Definition = { readonly schema: unknown; readonly needs: readonly string[] };
type JsonSchema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;

const converted = new Map<string, z.ZodType>();
const registry = z.registry();

/** Converts a definition when it is asked for the first time, and compiles it, which makes reading a value twice as fast. */
function schema<T>(name: string): z.ZodType<T> {
  let result = converted.get(name);
  if (result === undefined) {
    const { schema: root, needs } = definitions[name] as Definition;
    const $defs = Object.fromEntries(needs.map((need) => [need, definitions[need]?.schema]));
    const document = typeof root === "boolean" ? root : ({ ...(root as object), $defs } as JsonSchema);
    result = z.compile(${checks ? "checked(name, z.fromJSONSchema(document, { registry }))" : "z.fromJSONSchema(document, { registry })"});
    converted.set(name, result);
  }
  return result as z.ZodType<T>;
}
${checks ? checkText : ""}${decodes ? decoderText : ""}`;
}

export type RuntimeOptions = {
  readonly typesFrom: string;
  readonly uses: readonly string[]; // types of that module
  readonly decodes: boolean; // whether there are parameters that are no texts
  readonly checks: boolean; // whether there are schemas that zod cannot express
};

const checkText = `
/** Asks the validator of a schema that zod cannot express; zod then fills in defaults. */
function checked(name: string, inner: z.ZodType): z.ZodType {
  const validate = Object.hasOwn(forSchemas, name) ? forSchemas[name as keyof typeof forSchemas] : undefined;
  if (validate === undefined) return inner;
  const outer = z.unknown().check((payload) => {
    if (validate(payload.value)) return;
    for (const { instancePath, message = "is not valid" } of validate.errors ?? []) {
      const steps = instancePath.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
      const path = steps.map((step) => (/^\\d+$/.test(step) ? Number(step) : step));
      payload.issues.push({ code: "custom", input: payload.value, path, message });
    }
  });
  return outer.pipe(inner);
}
`;

const decoderText = `
type Encoding =
  | "json"
  | readonly ("boolean" | "number")[]
  | { readonly list: Encoding; readonly separator?: string }
  | { readonly members: Readonly<Record<string, Encoding>>; readonly from?: string };

/** Reads the texts of a URL as the values that the schema describes; a text that is none stays, for the schema to refuse. */
function decoded<T>(inner: z.ZodType<T>, encodings: Readonly<Record<string, Encoding>>): z.ZodType<T> {
  return z.preprocess((value) => {
    if (typeof value !== "object" || value === null) return value;
    const texts = new Map(Object.entries(value));
    for (const [name, encoding] of Object.entries(encodings)) {
      const found = typeof encoding === "object" && "members" in encoding ? collected(texts, name, encoding) : texts.get(name);
      if (found !== undefined) texts.set(name, decode(found, encoding));
    }
    return Object.fromEntries(texts);
  }, inner) as unknown as z.ZodType<T>;
}

/** Takes the texts of an object's members, each with a name of its own, out of those of a URL. */
function collected(texts: Map<string, unknown>, name: string, encoding: Extract<Encoding, { members: unknown }>): unknown {
  if (texts.has(name)) return texts.get(name);
  const names = [...texts.keys()].flatMap((text): [string, string][] => {
    if (encoding.from === "exploded") return Object.hasOwn(encoding.members, text) ? [[text, text]] : [];
    return text.startsWith(\`\${name}[\`) && text.endsWith("]") ? [[text, text.slice(name.length + 1, -1)]] : [];
  });
  if (names.length === 0) return undefined;
  const members = names.map(([text, member]) => [member, texts.get(text)]);
  for (const [text] of names) texts.delete(text);
  return Object.fromEntries(members);
}

function decode(value: unknown, encoding: Encoding): unknown {
  if (encoding === "json") return typeof value === "string" ? parsed(value) : value;
  if ("list" in encoding) {
    const { list, separator } = encoding;
    const entries = Array.isArray(value) ? value : typeof value === "string" && separator ? value.split(separator) : [value];
    return entries.map((entry) => decode(entry, list));
  }
  if ("members" in encoding) {
    const members = typeof value === "string" ? pairs(value, encoding.from ?? ",") : value;
    if (typeof members !== "object" || members === null) return members;
    const entries = Object.entries(members).map(([name, text]) => [name, decode(text, encoding.members[name] ?? [])]);
    return Object.fromEntries(entries);
  }
  if (typeof value !== "string") return value;
  if (encoding.includes("number") && /^-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?$/.test(value)) return Number(value);
  if (encoding.includes("boolean") && /^(true|false)$/.test(value)) return value === "true";
  return value;
}

/** An object that came as one text: \`a,1,b,2\`. */
function pairs(text: string, separator: string): unknown {
  const parts = text.split(separator);
  if (parts.length % 2 === 1) return text;
  return Object.fromEntries(parts.flatMap((part, index) => (index % 2 === 0 ? [[part, parts[index + 1]]] : [])));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
`;
