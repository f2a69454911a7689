import { hash, timingSafeEqual } from "node:crypto";
import type { SecretSource } from "../kit/random.ts";

const tokenBytes = 32;

/** Draws a preview token: 256 random bits, 43 characters that need no escaping. */
export function drawPreviewToken(secrets: SecretSource): string {
  return secrets(tokenBytes);
}

/** Draws what deliveries to a webhook are signed with: as many bits, in the form that the field's libraries read. */
export function drawWebhookSecret(secrets: SecretSource): string {
  return `whsec_${Buffer.from(secrets(tokenBytes), "base64url").toString("base64")}`;
}

const tokenCharactersMin = 16;
const presentable = /^[^\u0000-\u0020\u007f](?:[^\u0000-\u001f\u007f]*[^\u0000-\u0020\u007f])?$/u;

/** Whether a caller's own token will do: long enough, and one that a caller can show. */
export function acceptsPreviewToken(token: string): boolean {
  // The contract counts characters, so a surrogate pair is one.
  return [...token].length >= tokenCharactersMin && isPresentableToken(token);
}

/** Whether a header can carry a token: whole characters, no control characters, no blanks at the ends. */
export function isPresentableToken(token: string): boolean {
  return presentable.test(token) && token.isWellFormed();
}

/** What is kept of a token. */
export function hashPreviewToken(token: string): string {
  return hash("sha256", token, "hex");
}

/** Whether a token is the one of which `kept` was kept, in a time that does not tell how close it came. */
export function matchesPreviewToken(token: string, kept: string): boolean {
  return timingSafeEqual(Buffer.from(hashPreviewToken(token)), Buffer.from(kept));
}
