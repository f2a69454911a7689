import { expect, test } from "vitest";
import { withComponentReferences } from "./component-references.ts";
import type { JsonObject } from "./json.ts";

const locate = (pointer: string) => `a.yaml ${pointer}`;

function documentOf({ paths = {}, components = {} }: { paths?: JsonObject; components?: JsonObject }): JsonObject {
  return { openapi: "3.1.0", info: { title: "A", version: "1" }, paths, components };
}

function responseOf(schema: JsonObject): JsonObject {
  return { "/a": { get: { responses: { "200": { content: { "application/json": { schema } } } } } } };
}

test("a schema inside another becomes a component, once, and what it refers to as well", () => {
  const A = { properties: { b: { properties: { c: { $ref: "#/components/schemas/A/properties/b" } } } } };
  const paths = responseOf({
    anyOf: [{ $ref: "#/components/schemas/A/properties/b" }, { $ref: "#/components/schemas/A" }],
  });
  const result = withComponentReferences(documentOf({ paths, components: { schemas: { A } } }), locate);
  const c = { $ref: "#/components/schemas/A_properties_b" };
  expect(result["paths"]).toEqual(responseOf({ anyOf: [c, { $ref: "#/components/schemas/A" }] }));
  expect(result["components"]).toEqual({
    schemas: { A: { properties: { b: { properties: { c } } } }, A_properties_b: { properties: { c } } },
  });
});

test("a new component takes no name that is taken", () => {
  const schemas = { A: { properties: { b: { type: "string" } } }, A_properties_b: { type: "number" } };
  const paths = responseOf({ $ref: "#/components/schemas/A/properties/b" });
  const { components } = withComponentReferences(documentOf({ paths, components: { schemas } }), locate);
  expect(components).toEqual({ schemas: { ...schemas, "A_properties_b-2": { type: "string" } } });
});

test("anything else that is referred to elsewhere is copied to its use", () => {
  const id = { name: "id", in: "path", required: true, schema: { type: "string" } };
  const paths = {
    "/a/{id}": { parameters: [id], get: {} },
    "/b/{id}": { parameters: [{ $ref: "#/paths/~1a~1{id}/parameters/0" }], get: {} },
  };
  const result = withComponentReferences(documentOf({ paths }), locate);
  expect(result["paths"]).toEqual({ ...paths, "/b/{id}": { parameters: [id], get: {} } });
});

test("references to components, and what looks like a reference in an example, stay", () => {
  const document = documentOf({
    paths: { "/a": { get: { responses: { "200": { $ref: "#/components/responses/schema" } } } } },
    components: {
      responses: { schema: { description: "A", content: {} } },
      schemas: { example: { properties: { x: { examples: [{ $ref: "#/nowhere/at/all" }] } } } },
      examples: { One: { value: { $ref: "#/nowhere/at/all" } } },
    },
  });
  expect(withComponentReferences(document, locate)).toEqual(document);
});

const refusals = [
  {
    title: "a schema that is named by an anchor",
    document: documentOf({ paths: responseOf({ $ref: "#thing" }) }),
    message: "a.yaml /paths/~1a/get/responses/200/content/application~1json/schema/$ref: #thing is no JSON pointer",
  },
  {
    title: "a schema reference to something else",
    document: documentOf({ paths: responseOf({ $ref: "#/info/title" }) }),
    message: "#/info/title is no schema",
  },
  {
    title: "something other than a schema that holds itself",
    document: documentOf({
      paths: {
        "/a": { get: { callbacks: { done: { x: { $ref: "#/paths/~1b" } } } } },
        "/b": { get: { callbacks: { done: { x: { $ref: "#/paths/~1a" } } } } },
      },
    }),
    message: "leads back to itself",
  },
];

test.each(refusals)("$title is refused", ({ document, message }) => {
  expect(() => withComponentReferences(document, locate)).toThrow(message);
});

test("what is kept in a section that components do not have is copied to where it is used", () => {
  const Shared = { "application/json": { schema: { type: "string" } } };
  const paths = (content: JsonObject): JsonObject => ({ "/a": { get: { responses: { "200": { content } } } } });
  const components = { mediaTypes: { Shared } };
  const document = documentOf({ paths: paths({ $ref: "#/components/mediaTypes/Shared" }), components });
  expect(withComponentReferences(document, locate)["paths"]).toEqual(paths(Shared));
});
