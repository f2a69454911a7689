import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { operationSchemas as openComputer } from "../../generated/opencomputer/schemas.ts";
import { operationSchemas as recoup } from "../../generated/recoup/schemas.ts";
import { accepts } from "./accepts.ts";

const bodies = [...Object.entries(openComputer), ...Object.entries(recoup)].flatMap(([operation, schemas]) =>
  "body" in schemas ? [[operation, schemas.body as z.ZodType] as const] : [],
);

// Values close enough to the contracts that a fair share of them is valid.
const leaf = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    "",
    "base",
    "auto",
    "bearer",
    "echo",
    "pip_install",
    0,
    1,
    2,
    1024,
    8192,
    -1,
    1.5,
    true,
  ),
  fc.string({ maxLength: 20 }),
  fc.uuid(),
);
const member = fc.constantFrom(
  ..."templateID timeout cpuCount memoryMB burst envs metadata image snapshot previewAuth token scheme base steps type args".split(
    " ",
  ),
  ..."command prompt cwd account_id snapshotId github_repo sandboxes port tags expected files url name branch __proto__".split(
    " ",
  ),
);
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

test("an intersection within an intersection is judged by all its sides", () => {
  const has = (name: string) => z.looseObject({ [name]: z.string() });
  const schema = z.intersection(has("a"), z.intersection(has("b"), has("c")));
  expect(accepts(schema, { a: "", b: "", c: "" })).toBe(true);
  expect(accepts(schema, { a: "", b: "" })).toBe(false);
});
