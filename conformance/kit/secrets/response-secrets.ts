import { isSuccess, parseJson } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import { isObject } from "../law/schema.ts";
import type { SecretMask } from "./secret-mask.ts";

/**
 * Teaches the mask the secrets that an answer shows, by the names of their fields, and those that a request has set. One
 * that was refused opens nothing, and may be so short that hiding it would hide half the text.
 */
export function learnSecrets(mask: SecretMask, exchange: Exchange, secretFields: readonly string[]): void {
  const learn = (name: string, value: string) => {
    if (secretFields.includes(name) && value.length >= secretLengthMin) mask.learn(value, variableName(name));
  };
  visit(exchange.response.json, learn);
  if (isSuccess(exchange)) visit(parseJson(exchange.request.body ?? ""), learn);
}

/** A shorter one guards nothing: "auto", a placeholder of a mock. */
const secretLengthMin = 8;

/** So many values of an answer are looked at: more than any answer of a contract has. */
const valuesMax = 100_000;

function visit(whole: unknown, found: (name: string, text: string) => void): void {
  const left: unknown[] = [whole];
  for (let seen = 0; left.length > 0 && seen < valuesMax; seen += 1) {
    const value = left.pop();
    if (Array.isArray(value)) for (const item of value.slice(0, valuesMax) as unknown[]) left.push(item);
    if (!isObject(value)) continue;
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === "string") found(name, inner);
      else left.push(inner);
    }
  }
}

/** "previewAuthToken" is shown as `$SANDGLASS_PREVIEW_AUTH_TOKEN`. */
function variableName(field: string): string {
  return `SANDGLASS_${field.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toUpperCase()}`;
}
