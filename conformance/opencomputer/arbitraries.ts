import fc from "fast-check";

const variableName = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,15}$/);
const note = fc.string({ unit: "grapheme", maxLength: 16 });
const seconds = fc.integer({ min: 60, max: 300 });

const tier = fc.constantFrom(
  {},
  { cpuCount: 1 },
  { memoryMB: 4096 },
  { cpuCount: 1, memoryMB: 1024 },
  { cpuCount: 1, memoryMB: 4096 },
);

const previewAuth = fc.constantFrom(
  {},
  { scheme: "bearer" },
  { scheme: "bearer", token: "auto" },
  { token: "correct-horse-battery" },
);

/**
 * Bodies that every server of the contract has to accept, whatever the account's plan, image store or snapshots. Small and
 * short-lived: somebody pays for each.
 */
export const createBody: fc.Arbitrary<unknown> = fc
  .tuple(
    tier,
    fc.record(
      {
        templateID: fc.constant("base"),
        envs: fc.dictionary(variableName, note, { maxKeys: 2, noNullPrototype: true }),
        metadata: fc.dictionary(note, note, { maxKeys: 2, noNullPrototype: true }),
        previewAuth,
      },
      { requiredKeys: [] },
    ),
    seconds,
  )
  .map(([size, options, timeout]) => ({ ...options, ...size, timeout }));
