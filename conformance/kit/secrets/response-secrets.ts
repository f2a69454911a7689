import { isSuccess, parseJson } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import type { SecretMask } from "./secret-mask.ts";

/**
 * Teaches the mask the secrets that an answer shows, by the names of their fields, and those that a request has set. One
 * that was refused opens nothing, and may be so short that hiding it would hide half the text.
 */
export function learnSecrets(mask: SecretMask, exchange: Exchange, secretFields: readonly string[]): void {
  const learn = (name: string, value: string) => {
    const isSecret = secretFields.includes(name) && value.length >= secretLengthMin;
    if (isSecret) mask.learn(value, `SANDGLASS_${variableName(name)}`);
  };
  visitTexts(exchange.response.json, learn);
  if (isSuccess(exchange)) visitTexts(parseJson(exchange.request.body ?? ""), learn);
}

/** A shorter one guards nothing: "auto", a placeholder of a mock. */
const secretLengthMin = 8;

/** So many values of a body are looked at: more than any body of a contract has. */
const valuesMax = 100_000;

/**
 * Shows each text of a body with the name that it stands under.
 *
 * @param under - shows only those that stand under such a name, however far up. Default: all
 */
export function visitTexts(whole: unknown, found: (name: string, value: string) => void, under?: RegExp): void {
  const left: { readonly name: string; readonly value: unknown; readonly isUnder: boolean }[] = [
    { name: "", value: whole, isUnder: under === undefined },
  ];
  for (let count = 0; left.length > 0 && count < valuesMax; count += 1) {
    const { name, value, isUnder } = left.pop()!;
    if (typeof value === "string" && isUnder) found(name, value);
    if (typeof value !== "object" || value === null) continue;
    const isList = Array.isArray(value);
    for (const [inner, item] of Object.entries(value)) {
      const innerName = isList ? name : inner;
      left.push({ name: innerName, value: item, isUnder: isUnder || under?.test(innerName) === true });
    }
  }
}

/** "previewAuthToken" becomes `PREVIEW_AUTH_TOKEN`, "key 1" `KEY_1`. */
export function variableName(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll(/\W+/g, "_")
    .toUpperCase();
}
