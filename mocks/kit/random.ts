import { createHash, randomBytes, randomFillSync } from "node:crypto";

/** A stream of chance: the same seed gives the same stream. */
export type Random = {
  /** A whole number, 0 to 2^32 - 1. */
  readonly uint32: () => number;
  /** A number from 0 up to, not including, 1. */
  readonly fraction: () => number;
  /** `length` lower-case hexadecimal digits. */
  readonly hex: (length: number) => string;
  /** A version 4 UUID in lower case. */
  readonly uuid: () => string;
  /** Where the stream stands; {@link restoreRandom} goes on from here. */
  readonly state: () => RandomState;
};

/** Four 32-bit words. */
export type RandomState = readonly [number, number, number, number];

/** Starts the stream that `seed` names. */
export function createRandom(seed: string): Random {
  const digest = createHash("sha256").update(seed).digest();
  return restoreRandom([0, 4, 8, 12].map((at) => digest.readUInt32LE(at)) as unknown as RandomState);
}

/** Goes on with a stream where {@link Random.state} left it. The generator is sfc32 of PractRand. */
export function restoreRandom(state: RandomState): Random {
  let [a, b, c, counter] = state;
  const uint32 = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  const hex = (length: number) => {
    let digits = "";
    while (digits.length < length) {
      const word = uint32();
      digits +=
        hexPairs[word >>> 24]! + hexPairs[(word >>> 16) & 255]! + hexPairs[(word >>> 8) & 255]! + hexPairs[word & 255]!;
    }
    return digits.slice(0, length);
  };
  const uuid = () => {
    const digits = hex(32);
    const variant = "89ab"[uint32() & 3]!;
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
  };
  return { uint32, fraction: () => uint32() / 2 ** 32, hex, uuid, state: () => [a, b, c, counter] };
}

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Draws a secret of so many bytes, written in base64url: from the machine, or from a seed where a run is to repeat exactly. */
export type SecretSource = (bytes: number) => string;

/** Secrets that cannot be predicted. Drawn from the machine many at a time, which costs a fraction of one at a time. */
export const systemSecrets: SecretSource = createPooledSecrets();

function createPooledSecrets(poolBytes = 4096): SecretSource {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  return (bytes) => {
    if (bytes > poolBytes) return randomBytes(bytes).toString("base64url");
    if (used + bytes > poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    const secret = pool.toString("base64url", used, used + bytes);
    pool.fill(0, used, used + bytes); // what was given out is not kept here
    used += bytes;
    return secret;
  };
}

/** Secrets that repeat with the stream that they are drawn from: for tests that compare whole runs. */
export function createSeededSecrets(random: Random): SecretSource {
  return (bytes) => Buffer.from(random.hex(bytes * 2), "hex").toString("base64url");
}

/** The seed where none is named: eight hexadecimal digits, short enough to type again. */
export function drawSeed(): string {
  return randomBytes(4).toString("hex");
}
