import { isObject } from "../law/schema.ts";

/** Replaces secrets by names of shell variables, so that what leaves a run can be shown and still be replayed. */
export type SecretMask = {
  /**
   * Remembers a secret that was not known at the start, such as a token in an answer. The second secret of a name is shown
   * with `_2` behind it, and so on, so that secrets stay apart where they are masked.
   */
  readonly learn: (secret: string, name: string) => void;
  readonly text: (text: string) => string;
  /** How many characters a secret that was learnt has, by the name that it is shown under. */
  readonly lengths: ReadonlyMap<string, number>;
  /** The same data with every string in it masked, names of members included. */
  readonly data: <Value>(value: Value) => Value;
};

/**
 * Creates a mask. It goes through a text once, however many secrets it knows, and learns no more than it can keep: a target
 * names as many as it likes.
 *
 * @param secrets - secret to variable name: `{ "osb_123": "SANDGLASS_KEY" }`; empty secrets are left out
 */
export function createSecretMask(secrets: Readonly<Record<string, string>>): SecretMask {
  const short: Form[] = [];
  const byStart = new Map<string, Form[]>();
  const known = new Set<string>();
  /** The code units with which a secret may begin: most of a text is passed by without a look. */
  const firsts = new Uint8Array(65_536);
  const add = (secret: string, name: string) => {
    for (const text of formsOf(secret)) {
      if (secret === "" || known.has(text)) continue;
      known.add(text);
      firsts[text.charCodeAt(0)] = 1;
      const start = text.slice(0, startLength);
      const forms = text.length < startLength ? short : (byStart.get(start) ?? []);
      if (forms !== short) byStart.set(start, forms);
      forms.push({ text, name: `$${name}` });
      forms.sort((left, right) => right.text.length - left.text.length);
    }
  };
  for (const [secret, name] of Object.entries(secrets)) add(secret, name);
  let learnt = 0;
  const named = new Map<string, number>();
  const lengths = new Map<string, number>();
  const learn = (secret: string, name: string) => {
    if (learnt >= learntMax || secret.length > secretCharactersMax || known.has(secret)) return;
    learnt += 1;
    const count = (named.get(name) ?? 0) + 1;
    named.set(name, count);
    const shown = count === 1 ? name : `${name}_${count}`;
    lengths.set(shown, secret.length);
    add(secret, shown);
  };
  const formAt = (text: string, at: number) => {
    if (firsts[text.charCodeAt(at)] === 0) return undefined;
    const isThere = (form: Form) => text.startsWith(form.text, at);
    return byStart.get(text.slice(at, at + startLength))?.find(isThere) ?? short.find(isThere);
  };
  const mask = (text: string) => {
    const parts: string[] = [];
    let from = 0;
    for (let at = 0; at < text.length;) {
      const form = formAt(text, at);
      if (form === undefined) at += 1;
      else {
        at += form.text.length;
        // Else the name would go on with what follows.
        const name = /\w/.test(text[at] ?? "") ? `\${${form.name.slice(1)}}` : form.name;
        parts.push(text.slice(from, at - form.text.length), name);
        from = at;
      }
    }
    return from === 0 ? text : [...parts, text.slice(from)].join("");
  };
  return { learn, text: mask, lengths, data: (value) => maskData(value, mask, depthMax) as typeof value };
}

/** A secret as it may stand in a text, and what to show instead. */
type Form = { readonly text: string; readonly name: string };

/** Secrets are found by so many characters at their beginning; shorter ones are tried everywhere. */
const startLength = 6;
/** So many secrets are learnt of a target. */
const learntMax = 2_000;
/** The longest secret that is learnt, in characters. */
export const secretCharactersMax = 4_096;
/** What lies deeper in data than this is left out: no contract goes so deep, and a stack ends. */
const depthMax = 200;

/** A secret as it stands in text, inside JSON text, inside a URL, and in a header, whose characters are bytes. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret).toString("latin1");
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed()), bytes];
}

function maskData(value: unknown, text: (value: string) => string, depth: number): unknown {
  if (typeof value === "string") return text(value);
  if (depth === 0) return undefined;
  if (Array.isArray(value)) return value.map((item) => maskData(item, text, depth - 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [text(name), maskData(inner, text, depth - 1)]),
  );
}
