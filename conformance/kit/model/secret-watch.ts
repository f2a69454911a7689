import { createHash } from "node:crypto";
import type { ObservedExchange } from "./observed-exchange.ts";

/** Looks for secrets, as they are or in forms that give them away, in answers that have no business with them. */
type SecretWatch = {
  readonly knows: (secret: string) => boolean;
  /** Remembers a secret of {@link secretLengthMin} characters or more, unless it is filler or was sent where no secret belongs. */
  readonly learn: (secret: string, of: string) => void;
  /** Takes note of what a caller sent where no secret belongs: answers may show it again, whatever else it is. */
  readonly noteSent: (text: string) => void;
  /**
   * What an answer shows of a secret that was learnt, in words; undefined where it shows nothing.
   *
   * @param told - the secret that this very answer is to tell
   */
  readonly find: (exchange: ObservedExchange, told?: string) => string | undefined;
};

/** A shorter text may stand in an answer by chance. */
export const secretLengthMin = 16;
/** What has fewer different characters is filler, and stands in tags and names as well. */
const differentMin = 5;
/** So many secrets are remembered, the latest, and so many texts of so many characters that were sent. */
const secretsMax = 512;
const sentMax = { texts: 128, characters: 8_192 };
/** A secret that was learnt of a masked recording stands for all of its kind. */
const masked = /^\$[A-Z_]+$/;

/** A text that gives a secret away. */
type Form = { readonly secret: string; readonly of: string; readonly name: string; readonly text: string };

/**
 * Creates a watch that knows nothing yet.
 *
 * @param what - what its secrets are, in words
 */
export function createSecretWatch(what = "the token"): SecretWatch {
  const known = new Map<string, readonly Form[]>();
  const index = createIndex();
  const sent: string[] = [];
  const isFiller = (secret: string) => secret.length < secretLengthMin || new Set(secret).size < differentMin;
  const forget = (secret: string) => {
    for (const form of known.get(secret) ?? []) index.remove(form);
    known.delete(secret);
  };
  return {
    knows: (secret) => known.has(secret) && !masked.test(secret),
    learn: (secret, of) => {
      if (isFiller(secret) || masked.test(secret) || known.has(secret)) return;
      if (sent.some((text) => text.includes(secret))) return;
      const forms = formsOf(secret, { of, what });
      known.set(secret, forms);
      for (const form of forms) index.add(form);
      if (known.size > secretsMax) forget(known.keys().next().value!);
    },
    noteSent: (text) => {
      if (text.length < secretLengthMin) return;
      for (const { secret } of index.find(text)) forget(secret);
      if (text.length <= sentMax.characters) sent.push(text);
      if (sent.length > sentMax.texts) sent.shift();
    },
    find: ({ request, response }, told) => {
      if (response === undefined || known.size === 0) return undefined;
      const shown = index.find(`${response.body}\n${Object.values(response.headers).join("\n")}`);
      if (shown.length === 0) return undefined;
      const said = `${request.url}\n${Object.values(request.headers).join("\n")}\n${request.body ?? ""}`;
      const isTold = ({ secret, text }: Form) => secret === told && text === secret;
      const leak = shown.find((form) => !isTold(form) && !said.includes(form.text));
      return leak === undefined ? undefined : `${leak.name} of ${leak.of}`;
    },
  };
}

/** So many characters are looked up at a time. */
const gramLength = 8;
/** A text of a secret's length or more holds a whole gram at one of every so many places, wherever it begins. */
const everyPlace = secretLengthMin - gramLength + 1;

/**
 * Finds which of many texts another text holds, in time that does not grow with their number: each is kept under all grams
 * near its beginning, and of the other text one place in nine is looked up.
 */
function createIndex() {
  const byGram = new Map<string, Set<Form>>();
  /** Set where a gram may begin with such characters, so that most places are passed over without a look-up. */
  const marks = new Uint8Array(1 << 16);
  const markOf = (text: string, at: number) =>
    (text.charCodeAt(at) ^ (text.charCodeAt(at + 1) << 5) ^ (text.charCodeAt(at + 2) << 10)) & 0xffff;
  const gramsOf = ({ text }: Form) =>
    Array.from({ length: everyPlace }, (_, from) => text.slice(from, from + gramLength));
  return {
    add: (form: Form) => {
      for (const gram of gramsOf(form)) {
        byGram.set(gram, (byGram.get(gram) ?? new Set()).add(form));
        marks[markOf(gram, 0)] = 1;
      }
    },
    remove: (form: Form) => {
      for (const gram of gramsOf(form)) {
        byGram.get(gram)?.delete(form);
        if (byGram.get(gram)?.size === 0) byGram.delete(gram);
      }
    },
    find: (text: string): readonly Form[] => {
      const near = new Set<Form>();
      for (let at = 0; at + gramLength <= text.length; at += everyPlace) {
        if (marks[markOf(text, at)] === 0) continue;
        for (const form of byGram.get(text.slice(at, at + gramLength)) ?? []) near.add(form);
      }
      return [...near].filter((form) => text.includes(form.text));
    },
  };
}

/** A secret in the forms in which it may leak. */
function formsOf(secret: string, { of, what }: { readonly of: string; readonly what: string }): readonly Form[] {
  const digest = createHash("sha256").update(secret).digest();
  return [
    [what, secret] as const,
    [`${what} in base64`, Buffer.from(secret).toString("base64").replace(/=+$/, "")] as const,
    [`the SHA-256 of ${what}`, digest.toString("hex")] as const,
    [`the SHA-256 of ${what} in base64`, digest.toString("base64").replace(/=+$/, "")] as const,
    [`the SHA-256 of ${what} in base64url`, digest.toString("base64url")] as const,
  ].map(([name, text]) => ({ secret, of, name, text }));
}
