import { isObject } from "./schema.ts";

/** Replaces secrets by names of shell variables, so that what leaves a run can be shown and still be replayed. */
export type SecretMask = {
  /** Remembers a secret that was not known at the start, such as a token in an answer. */
  readonly learn: (secret: string, name: string) => void;
  readonly text: (text: string) => string;
  /** The same data with every string in it masked, names of members included. */
  readonly data: <Value>(value: Value) => Value;
};

/**
 * Creates a mask.
 *
 * @param secrets - secret to variable name: `{ "osb_123": "SANDGLASS_KEY" }`; empty secrets are left out
 */
export function createSecretMask(secrets: Readonly<Record<string, string>>): SecretMask {
  const known = new Map<string, string>();
  const learn = (secret: string, name: string) => {
    if (secret === "") return;
    for (const form of formsOf(secret)) if (!known.has(form)) known.set(form, `$${name}`);
  };
  for (const [secret, name] of Object.entries(secrets)) learn(secret, name);
  const text = (value: string) => {
    const longestFirst = [...known].sort(([left], [right]) => right.length - left.length);
    return longestFirst.reduce((masked, [secret, name]) => masked.replaceAll(secret, () => name), value);
  };
  return { learn, text, data: (value) => maskData(value, text) as typeof value };
}

/** A secret as it stands in text, inside JSON text, and inside a URL. */
function formsOf(secret: string): readonly string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())];
}

function maskData(value: unknown, text: (value: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return value.map((item) => maskData(item, text));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [text(name), maskData(inner, text)]));
}
