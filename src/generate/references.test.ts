import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { documentFixture, writeDocuments } from "./document.fixture.ts";
import { loadEffectiveDocument } from "./effective-document.ts";
import { generate } from "./generate.ts";
import { valueAt } from "./json.ts";

const schemaPath = ["paths", "/things", "get", "responses", "200", "content", "application/json", "schema"];

/** A document in a folder of its own, beside one that it has no business in. */
async function writeTree(ref: string, spec = documentFixture({ schema: `$ref: ${JSON.stringify(ref)}` })) {
  const folder = await writeDocuments({
    "api/a.yaml": spec,
    "api/parts/thing.yaml": "type: integer\n",
    "secret/thing.yaml": "type: string\ntitle: secret\n",
  });
  await symlink(join(folder, "secret"), join(folder, "api/link"));
  await mkdir(join(folder, "api-secret"));
  await writeFile(join(folder, "api-secret/thing.yaml"), "title: secret\n");
  return { folder, specPath: join(folder, "api/a.yaml") };
}

test("a reference below the document's folder is followed", async () => {
  const { specPath } = await writeTree("./parts/../parts/thing.yaml");
  const { document } = await loadEffectiveDocument({ specPath });
  expect(valueAt(document, ["components", "schemas", "thing"])).toEqual({ type: "integer" });
});

const outside =
  /api\/a\.yaml:11:15 \S+\/schema: \$ref \S+: it is outside of the document's folder: --allow-refs FOLDER lets/;
test.each([
  "../secret/thing.yaml",
  "./link/thing.yaml",
  "/etc/passwd",
  "../nowhere.yaml",
  "../api-secret/thing.yaml",
  "file:///etc/passwd",
])("a reference to %s is refused", async (ref) => {
  const { specPath } = await writeTree(ref);
  await expect(loadEffectiveDocument({ specPath })).rejects.toThrow(outside);
});

test("so is one by an absolute path or address that leads below the document's folder by a link", async () => {
  const { folder } = await writeTree("");
  const ref = pathToFileURL(join(folder, "api/link/thing.yaml")).href;
  const { specPath } = await writeTree(ref);
  await expect(loadEffectiveDocument({ specPath })).rejects.toThrow(outside);
});

test.each(["http://127.0.0.1:1/a.yaml", "ftp://host/a.yaml", "file://host/share/a.yaml", "data:text/plain,a"])(
  "a reference to %s is refused, and not asked for",
  async (ref) => {
    const { specPath } = await writeTree(ref);
    await expect(loadEffectiveDocument({ specPath })).rejects.toThrow("references into the network are not followed");
  },
);

test("a folder that is allowed is read, also by a link", async () => {
  for (const ref of ["../secret/thing.yaml", "./link/thing.yaml"]) {
    const { folder, specPath } = await writeTree(ref);
    const { document } = await loadEffectiveDocument({ specPath, allowRefs: [join(folder, "secret")] });
    expect(valueAt(document, ["components", "schemas", "thing", "title"])).toBe("secret");
  }
});

const secret = "{ $ref: ../secret/thing.yaml }";
test.each([
  ["an example of a schema", `type: object\nexample: ${secret}`, ["examples", "0"]],
  ["a default", `type: object\ndefault: ${secret}`, ["default"]],
  ["a default inside", `type: object\ndefault: { a: [${secret}] }`, ["default", "a", "0"]],
  ["an enum", `enum: [${secret}]`, ["enum", "0"]],
  ["a const", `const: ${secret}`, ["const"]],
  ["an extension", `type: object\nx-part: ${secret}`, ["x-part"]],
  ["an extension inside", `type: object\nx-part: { a: [${secret}] }`, ["x-part", "a", "0"]],
])("what looks like a reference in %s is data, and stays", async (_, schema, path) => {
  const { specPath } = await writeTree("", documentFixture({ schema }));
  const { document, warnings } = await loadEffectiveDocument({ specPath });
  const found = valueAt(document, [...schemaPath, ...path]) ?? valueAt(document, [...schemaPath, "example"]);
  expect([found, warnings.filter((warning) => warning.includes("$ref"))]).toEqual([
    { $ref: "../secret/thing.yaml" },
    [],
  ]);
});

test("so it is in examples of media types and parameters, and in extensions of operations and answers", async () => {
  const text = `openapi: 3.1.0
info: { title: A, version: "1", x-a: ${secret} }
x-root: ${secret}
paths:
  /a:
    x-path: ${secret}
    get:
      x-codeSamples: [${secret}]
      parameters: [{ name: q, in: query, schema: { type: string }, example: ${secret} }]
      responses:
        x-answers: ${secret}
        "200":
          description: Here
          content:
            application/json:
              example: ${secret}
            text/plain:
              examples:
                one: { value: ${secret} }
                two: { externalValue: ../secret/thing.yaml }
                three: { externalValue: "https://127.0.0.1:1/x" }
components:
  x-shared: ${secret}
`;
  const { specPath } = await writeTree("", text);
  const { document, warnings } = await loadEffectiveDocument({ specPath, strict: true });
  expect(warnings).toEqual([]);
  expect(JSON.stringify(document)).not.toContain('"secret"');
  expect(JSON.stringify(document).match(/"\$ref":"\.\.\/secret\/thing\.yaml"/g)).toHaveLength(9);
});

test("a name that starts with x- where authors name things is no extension", async () => {
  const components = "schemas:\n  x-thing: { type: object, properties: { x-part: { $ref: ./parts/thing.yaml } } }";
  const { specPath } = await writeTree("", documentFixture({ components }));
  const { document } = await loadEffectiveDocument({ specPath });
  expect(valueAt(document, ["components", "schemas", "thing"])).toEqual({ type: "integer" });
});

test("what looks like a reference in data is not followed for types either, from whatever folder", async () => {
  const schema =
    "type: object\nx-part: { $ref: ./nowhere.yaml }\nexample: { $ref: ./nowhere.yaml }\ndefault: { $ref: ./nowhere.yaml }";
  const { specPath } = await writeTree("", `x-root: { $ref: ./nowhere.yaml }\n${documentFixture({ schema })}`);
  const folder = await writeDocuments({});
  await generate({ specPath, origin: { source: "a.yaml", overlays: [] } }, folder);
  expect(await readFile(join(folder, "openapi.json"), "utf8")).toContain('"$ref": "./nowhere.yaml"');
});
