import { createHash, timingSafeEqual } from "node:crypto";
import type { SecretSource } from "../kit/random.ts";

const tokenBytes = 32;

/** Draws a preview token: 256 random bits, 43 characters that need no escaping. */
export function drawPreviewToken(secrets: SecretSource): string {
  return secrets(tokenBytes).toString("base64url");
}

/** What is kept of a token. */
export function hashPreviewToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Whether a token is the one of which `hash` was kept, in a time that does not tell how close it came. */
export function matchesPreviewToken(token: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashPreviewToken(token)), Buffer.from(hash));
}
