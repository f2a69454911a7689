import { describe, expect, test } from "vitest";
import { createRandom, createSeededSecrets, drawSeed, restoreRandom, systemSecrets } from "./random.ts";

const draw = (seed: string, count: number) => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.uint32());
};

describe("a stream", () => {
  test("is the same for the same seed, and another for another", () => {
    expect(draw("seed", 100)).toEqual(draw("seed", 100));
    expect(draw("seed", 100)).not.toEqual(draw("seed2", 100));
    expect(draw("", 4)).toEqual(draw("", 4));
  });

  test("stays the same over releases", () => {
    expect(draw("sandglass", 4)).toMatchInlineSnapshot(`
      [
        1306147146,
        377336027,
        3621882361,
        143532732,
      ]
    `);
  });

  test("goes on from a state exactly where it stood, and the state can be used again", () => {
    const random = createRandom("seed");
    for (let at = 0; at < 17; at += 1) random.uint32();
    const state = random.state();
    const expected = [random.hex(7), random.uuid(), random.fraction()];
    for (let again = 0; again < 2; again += 1) {
      const restored = restoreRandom(state);
      expect([restored.hex(7), restored.uuid(), restored.fraction()]).toEqual(expected);
    }
    expect(restoreRandom(JSON.parse(JSON.stringify(state)) as typeof state).hex(7)).toBe(expected[0]);
  });

  test("gives whole numbers of 32 bits and fractions below 1, evenly spread", () => {
    const random = createRandom("spread");
    const buckets = new Array<number>(16).fill(0);
    for (let at = 0; at < 16_000; at += 1) {
      const number = random.uint32();
      expect(Number.isInteger(number) && number >= 0 && number < 2 ** 32).toBe(true);
      const fraction = random.fraction();
      expect(fraction >= 0 && fraction < 1).toBe(true);
      buckets[Math.floor(fraction * 16)]! += 1;
    }
    for (const count of buckets) expect(count).toBeGreaterThan(850);
  });

  test.each([0, 1, 7, 8, 9, 32, 63])("gives %i hexadecimal digits when asked for them", (length) => {
    expect(createRandom("hex").hex(length)).toMatch(new RegExp(`^[0-9a-f]{${length}}$`));
  });

  test("gives UUIDs of version 4, none twice", () => {
    const random = createRandom("uuid");
    const uuids = Array.from({ length: 2_000 }, () => random.uuid());
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(uuids).size).toBe(2_000);
    expect(new Set(uuids.map((uuid) => uuid[19])).size).toBe(4);
  });
});

describe("secrets", () => {
  test("repeat where they come from a seed", () => {
    const secrets = [1, 2].map(() => createSeededSecrets(createRandom("seed"))(32));
    expect(secrets[0]).toEqual(secrets[1]);
    expect(secrets[0]).toMatch(/^[\w-]{43}$/);
  });

  test("do not repeat where they come from the machine", () => {
    expect(systemSecrets(32)).not.toEqual(systemSecrets(32));
    expect(systemSecrets(32)).toMatch(/^[\w-]{43}$/);
  });

  test("a drawn seed is short enough to type and not always the same", () => {
    expect(drawSeed()).toMatch(/^[0-9a-f]{8}$/);
    expect(new Set(Array.from({ length: 20 }, drawSeed)).size).toBeGreaterThan(1);
  });
});
