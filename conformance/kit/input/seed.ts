import { createHash, getRandomValues } from "node:crypto";

/** The one place where chance enters: a seed for a run that was given none. A 31-bit integer, so that it types easily. */
export function randomSeed(): number {
  return getRandomValues(new Uint32Array(1))[0]! >>> 1;
}

/**
 * A seed for one purpose, so that a law draws the same values whether it runs alone or among others.
 *
 * @returns a 32-bit signed integer, the range that fast-check accepts
 */
export function deriveSeed(seed: number, purpose: string): number {
  return digest(seed, purpose).readInt32BE(0);
}

/** `length` lower-case hexadecimal digits fixed by seed and purpose; at most 64. */
export function deriveHex(seed: number, purpose: string, length: number): string {
  return digest(seed, purpose).toString("hex").slice(0, length);
}

function digest(seed: number, purpose: string): Buffer {
  return createHash("sha256").update(`${seed}/${purpose}`).digest();
}
