import { expect, test } from "vitest";
import { shareSchemas } from "./shared-schemas.ts";

const user = {
  type: "object",
  required: ["login"],
  properties: { login: { type: "string", minLength: 1 }, site: { type: "string", format: "uri" } },
};
const other = { ...user, required: ["login", "site"] };
const list = (items: object) => ({ type: "array", items }) as never;

function share(schemas: Record<string, object | boolean>) {
  return Object.fromEntries(shareSchemas(new Map(Object.entries(schemas) as never), (name) => `to ${name}`));
}

test("what no name has, and two schemas say, gets a name", () => {
  expect(share({ A: list(user), B: list(list(user)), C: list(other), "A 1": true })).toEqual({
    A: { type: "array", items: { $ref: "to A 2" } },
    B: { type: "array", items: { type: "array", items: { $ref: "to A 2" } } },
    C: list(other),
    "A 1": true,
    "A 2": user,
  });
});

test("what a schema of its own says is referred to by its name, from before it and from another of the same content", () => {
  expect(share({ A: list(user), User: user, Same: user })).toEqual({
    A: { type: "array", items: { $ref: "to User" } },
    User: user,
    Same: { $ref: "to User" },
  });
});

test("what is shared is shared inside of what is shared too", () => {
  const outer = { type: "object", properties: { owner: user, parent: { type: "string", maxLength: 9 } } };
  expect(share({ A: list(outer), B: list(outer), C: list(user) })).toEqual({
    A: { type: "array", items: { $ref: "to A 1" } },
    B: { type: "array", items: { $ref: "to A 1" } },
    C: { type: "array", items: { $ref: "to A 2" } },
    "A 1": { type: "object", properties: { ...outer.properties, owner: { $ref: "to A 2" } } },
    "A 2": user,
  });
});

test("short objects stay where they are", () => {
  const short = { properties: { a: { type: "string" } } };
  expect(share({ A: list(short), B: list(short) })).toEqual({ A: list(short), B: list(short) });
});
