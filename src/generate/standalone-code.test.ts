import { Ajv2020 } from "ajv/dist/2020.js";
import ajvStandalone from "ajv/dist/standalone/index.js";
import { expect, test } from "vitest";
import { createStandaloneCode } from "./standalone-code.ts";

const schemas = {
  Leaf: { type: "string", pattern: "^a", maxLength: 3 },
  Tree: { properties: { leaf: { $ref: "/Leaf" }, inner: { items: { $ref: "/Tree" } } }, unevaluatedProperties: false },
  Ping: { properties: { pong: { $ref: "/Pong" }, leaf: { $ref: "/Leaf" } } },
  Pong: { properties: { ping: { $ref: "/Ping" }, tree: { $ref: "/Tree" } } },
};

test.each([false, true])(
  "the text is ajv's own, of schemas that share and repeat themselves (unevaluated: %s)",
  async (unevaluated) => {
    const ajv = new Ajv2020({ code: { source: true, esm: true, lines: true }, inlineRefs: false, strict: false });
    ajv.opts.unevaluated = unevaluated;
    for (const [name, schema] of Object.entries(schemas)) ajv.addSchema({ ...schema, $id: `/${name}` });
    const exported = new Map([
      ["isPong", "/Pong"],
      ["isTree", "/Tree"],
      ["isLeaf", "/Leaf"],
      ["isPing", "/Ping"],
    ]);
    const expected = ajvStandalone.default(ajv, Object.fromEntries(exported));
    const codeFor = await createStandaloneCode(ajv);
    const parts = [...exported].map(([name, address]) => codeFor(name, address));
    expect(`"use strict";${parts.join("")}`).toBe(expected);
  },
);

test("of 30,000 schemas, which ajv's own code overflows the stack for", async () => {
  const count = 30_000;
  const ajv = new Ajv2020({ code: { source: true, esm: true, lines: true, optimize: false }, inlineRefs: false });
  const names = Array.from({ length: count }, (_, index) => `S${index}`);
  for (const name of names) ajv.addSchema({ $id: `/${name}`, type: "null" }, undefined, undefined, false);
  const codeFor = await createStandaloneCode(ajv);
  expect(
    names
      .map((name) => codeFor(name, `/${name}`))
      .join("")
      .match(/^export const/gm),
  ).toHaveLength(count);
});
