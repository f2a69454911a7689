import { expect, test } from "vitest";
import type { JsonValue } from "./json.ts";
import { applyOverlay } from "./overlay.ts";

function overlayOf(...actions: JsonValue[]): JsonValue {
  return { overlay: "1.0.0", info: { title: "Test", version: "1" }, actions };
}

type Case = { title: string; document: JsonValue; actions: JsonValue[]; expected: JsonValue };
const cases: Case[] = [
  {
    title: "an update merges objects recursively",
    document: { info: { title: "A", contact: { name: "N" } } },
    actions: [{ target: "$.info", update: { contact: { email: "e" }, version: "1" } }],
    expected: { info: { title: "A", contact: { name: "N", email: "e" }, version: "1" } },
  },
  {
    title: "an update replaces plain values, also by a value of another type",
    document: { schema: { type: "string", maxLength: 5 } },
    actions: [{ target: "$.schema", update: { type: ["string", "null"], maxLength: 9 } }],
    expected: { schema: { type: ["string", "null"], maxLength: 9 } },
  },
  {
    title: "an update concatenates arrays inside a matched object",
    document: { schema: { required: ["a"] } },
    actions: [{ target: "$.schema", update: { required: ["b"] } }],
    expected: { schema: { required: ["a", "b"] } },
  },
  {
    title: "an array update is concatenated to a matched array",
    document: { tags: [{ name: "a" }] },
    actions: [{ target: "$.tags", update: [{ name: "b" }] }],
    expected: { tags: [{ name: "a" }, { name: "b" }] },
  },
  {
    title: "any other update is appended to a matched array",
    document: { tags: [{ name: "a" }] },
    actions: [{ target: "$.tags", update: { name: "b" } }],
    expected: { tags: [{ name: "a" }, { name: "b" }] },
  },
  {
    title: "an update reaches every match, with a copy for each",
    document: { a: { get: {} }, b: { get: {} } },
    actions: [
      { target: "$.*.get", update: { tags: ["x"] } },
      { target: "$.a.get", update: { tags: ["y"] } },
    ],
    expected: { a: { get: { tags: ["x", "y"] } }, b: { get: { tags: ["x"] } } },
  },
  {
    title: "a remove deletes several array entries by filter",
    document: { parameters: [{ in: "query", name: "a" }, { in: "header" }, { in: "query", name: "b" }] },
    actions: [{ target: "$.parameters[?@.in == 'query']", remove: true }],
    expected: { parameters: [{ in: "header" }] },
  },
  {
    title: "a remove deletes nested matches of one target",
    document: { a: { x: { x: 1 } }, b: { x: 2 } },
    actions: [{ target: "$..x", remove: true }],
    expected: { a: {}, b: {} },
  },
  {
    title: "a remove wins over an update in one action",
    document: { a: { b: 1 }, c: 2 },
    actions: [{ target: "$.a", update: { d: 3 }, remove: true }],
    expected: { c: 2 },
  },
  {
    title: "an action sees the result of the one before it",
    document: { type: { nullable: true } },
    actions: [
      { target: "$.type.nullable", remove: true },
      { target: "$.type", update: { type: ["string", "null"] } },
      { target: "$.type.type", update: "number" },
    ],
    expected: { type: { type: ["string", "null", "number"] } },
  },
  {
    title: "a path with slashes and braces is reached in brackets",
    document: { paths: { "/api/sandboxes/{id}": { get: {} } } },
    actions: [{ target: "$.paths['/api/sandboxes/{id}'].get", update: { operationId: "getSandbox" } }],
    expected: { paths: { "/api/sandboxes/{id}": { get: { operationId: "getSandbox" } } } },
  },
];

test.each(cases)("$title", ({ document, actions, expected }) => {
  const before = structuredClone(document);
  expect(applyOverlay(document, overlayOf(...actions))).toEqual(expected);
  expect(document).toEqual(before);
});

const refusals: { title: string; overlay: JsonValue; message: string }[] = [
  {
    title: "a target that matches nothing",
    overlay: overlayOf({ target: "$.paths.nowhere", remove: true }),
    message: "overlay /actions/0: target $.paths.nowhere matches nothing: correct the target, or drop the action",
  },
  {
    title: "a target that is not JSONPath",
    overlay: overlayOf({ target: "$.info[", update: {} }),
    message: "overlay /actions/0: target $.info[ is not an RFC 9535 JSONPath",
  },
  {
    title: "a plain value as target of an update",
    overlay: overlayOf({ target: "$.info.title", update: "B" }),
    message:
      "overlay /actions/0: /info/title cannot be merged with this update: a target has to be an object or an array",
  },
  {
    title: "a plain value merged into an object",
    overlay: overlayOf({ target: "$.info", update: "B" }),
    message: "the target is an object and the update is a plain value",
  },
  {
    title: "the removal of the whole document",
    overlay: overlayOf({ target: "$", remove: true }),
    message: "the whole document cannot be removed",
  },
  { title: "an action without target", overlay: overlayOf({ remove: true }), message: "needs a `target`" },
  {
    title: "an action that does nothing",
    overlay: overlayOf({ target: "$.info", remove: false }),
    message: "needs `update` or `remove: true`",
  },
  {
    title: "an overlay of another version",
    overlay: { overlay: "1.1.0", actions: [] },
    message: "`overlay: 1.1.0`; expected an OpenAPI Overlay document that starts with `overlay: 1.0.0`",
  },
  { title: "a document that is no overlay", overlay: { openapi: "3.1.0" }, message: "no `overlay` version" },
  {
    title: "actions that are no list",
    overlay: { overlay: "1.0.0", actions: {} },
    message: "overlay /actions: `actions`",
  },
];

test.each(refusals)("$title is refused", ({ overlay, message }) => {
  expect(() => applyOverlay({ info: { title: "A" } }, overlay)).toThrow(
    expect.objectContaining({ code: "SPEC_UNREADABLE", message: expect.stringContaining(message) as string }) as Error,
  );
});

test("a target that matches nothing is only reported where the caller asks for that", () => {
  const messages: string[] = [];
  const overlay = overlayOf({ target: "$.nowhere", update: {} }, { target: "$.info", update: { version: "1" } });
  const result = applyOverlay({ info: {} }, overlay, { onUnmatched: (message) => messages.push(message) });
  expect(result).toEqual({ info: { version: "1" } });
  expect(messages).toEqual([expect.stringContaining("$.nowhere matches nothing")]);
});

test("messages name the place that the caller knows", () => {
  const overlay = overlayOf({ target: "$.nowhere", update: {} });
  const locate = (pointer: string) => `overlay.yaml:7:5 ${pointer}`;
  expect(() => applyOverlay({}, overlay, { locate })).toThrow("overlay.yaml:7:5 /actions/0: target $.nowhere");
});
