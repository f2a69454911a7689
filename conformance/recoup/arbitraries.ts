import fc from "fast-check";

const argument = fc.string({ unit: "grapheme", maxLength: 16 });

/**
 * Bodies that every server of the contract has to accept. What they run is harmless, and none is a prompt: an agent costs
 * more than a sandbox.
 */
export const createBody: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom({}, { command: "true" }, { command: "pwd", cwd: "/" }),
  fc.array(argument, { maxLength: 3 }).map((args) => ({ command: "echo", args })),
);
