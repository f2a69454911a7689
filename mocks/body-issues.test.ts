import fc from "fast-check";
import { expect, test } from "vitest";
import type { z } from "zod";
import { operationSchemas as opencomputer } from "../generated/opencomputer/schemas.ts";
import { operationSchemas as recoup } from "../generated/recoup/schemas.ts";
import { accepts } from "./kit/body-issues.ts";

const bodies = Object.entries({ opencomputer, recoup }).flatMap(([contract, operations]) =>
  Object.entries(operations).flatMap(([operation, schemas]) =>
    "body" in schemas ? [[`${contract} ${operation}`, (schemas as { body: z.ZodType }).body] as const] : [],
  ),
);

// Values close enough to the contracts that a fair share of them is valid.
const numbers = [0, -0, 1, 2, 1024, 8192, -1, 1.5, Infinity, 2 ** 53 + 2];
const texts = ["", "base", "auto", "bearer", "echo", "pip_install"];
const leaf = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, ...numbers, ...texts),
  fc.string({ maxLength: 20 }),
  fc.uuid(),
);
const names = `templateID timeout cpuCount memoryMB burst envs metadata image snapshot previewAuth token scheme base steps
  type args command prompt cwd account_id snapshotId github_repo port files url name branch length __proto__ cmd path`;
const member = fc.constantFrom(...names.split(/\s+/));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.dictionary(member, tie("value"), { maxKeys: 4 }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
}));

const examples = fc.constantFrom(
  { port: 3000 },
  { timeout: 60 },
  { files: [{ url: "https://example.com/a.txt", name: "a.txt" }] },
  { cpuCount: 2, memoryMB: 8192 },
  { command: "ls" },
  { cmd: "ls", path: "a.txt", name: "a", script: "true", image: {} },
  { url: "https://app.example.com" },
  { memoryMB: 4096, enabled: true, locked: true, value: "a", cols: 80, rows: 24 },
);

test("there are bodies to judge", () => expect(bodies.length).toBeGreaterThan(5));

test.each(bodies)("%s: accepts what zod reads, and nothing else", (_, schema) => {
  let valid = 0;
  fc.assert(
    fc.property(fc.oneof(examples, value, fc.dictionary(member, leaf, { maxKeys: 2 })), (body) => {
      const { success } = schema.safeParse(body);
      if (success) valid += 1;
      expect(accepts(schema, body)).toBe(success);
    }),
    { numRuns: 500, seed: 1 },
  );
  expect(valid).toBeGreaterThan(0);
});
