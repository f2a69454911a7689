import { createHash } from "node:crypto";
import type { ObservedExchange } from "./observed-exchange.ts";

/** Looks for secrets, as they are or in forms that give them away, in answers that have no business with them. */
export type SecretWatch = {
  readonly knows: (secret: string) => boolean;
  readonly learn: (secret: string, of: string) => void;
  /**
   * What an answer shows of a secret that was learnt, in words; undefined where it shows nothing.
   *
   * @param told - the secret that this very answer is to tell
   */
  readonly find: (exchange: ObservedExchange, told?: string) => string | undefined;
};

/** So many secrets are remembered, the latest. */
const secretsMax = 512;
/** A secret that was learnt of a masked recording stands for all of its kind. */
const masked = /^\$[A-Z_]+$/;

/** Creates a watch that knows nothing yet. */
export function createSecretWatch(): SecretWatch {
  const known = new Map<
    string,
    { readonly of: string; readonly forms: readonly (readonly [form: string, text: string])[] }
  >();
  return {
    knows: (secret) => known.has(secret) && !masked.test(secret),
    learn: (secret, of) => {
      if (masked.test(secret)) return;
      known.set(secret, { of, forms: formsOf(secret) });
      if (known.size > secretsMax) known.delete([...known.keys()][0]!);
    },
    find: ({ request, response }, told) => {
      if (response === undefined || known.size === 0) return undefined;
      const shown = `${response.body}\n${Object.values(response.headers).join("\n")}`;
      const sent = `${request.url}\n${Object.values(request.headers).join("\n")}\n${request.body ?? ""}`;
      for (const [secret, { of, forms }] of known) {
        for (const [form, text] of forms) {
          const isTold = secret === told && text === secret;
          if (!isTold && shown.includes(text) && !sent.includes(text)) return `${form} of ${of}`;
        }
      }
      return undefined;
    },
  };
}

/** A secret in the forms in which it may leak. */
function formsOf(secret: string): readonly (readonly [form: string, text: string])[] {
  const digest = createHash("sha256").update(secret).digest();
  return [
    ["the token", secret],
    ["the token in base64", Buffer.from(secret).toString("base64").replace(/=+$/, "")],
    ["the SHA-256 of the token", digest.toString("hex")],
    ["the SHA-256 of the token in base64", digest.toString("base64").replace(/=+$/, "")],
    ["the SHA-256 of the token in base64url", digest.toString("base64url")],
  ];
}
