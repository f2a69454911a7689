import { expect, test } from "vitest";
import { contracts } from "../../../index.ts";
import { createClauseFiles } from "./clause-files.ts";
import { createClauseLocator } from "./clause-location.ts";

const base = { file: "openapi.yaml", text: "info:\n  title: A\npaths:\n  /a:\n    get:\n      summary: x\n" };
const overlay = {
  file: "overlay.yaml",
  text: `overlay: 1.0.0
actions:
  - target: $.paths['/a'].get
    update:
      responses:
        "200":
          description: ok
  - target: $.paths[*][*].responses[*]
    update:
      headers: { x: {} }
`,
};
const effective = {
  info: { title: "A" },
  paths: { "/a": { get: { summary: "x", responses: { "200": { description: "ok", headers: { x: {} } } } } } },
};
const locate = createClauseLocator(effective, [base, overlay]);

test.each([
  ["in the document", "#/paths/~1a/get/summary", { file: "openapi.yaml", line: 6, column: 7, endColumn: 14 }],
  ["in an overlay", "#/paths/~1a/get/responses/200", { file: "overlay.yaml", line: 6, column: 9, endColumn: 14 }],
  [
    "in a later one",
    "#/paths/~1a/get/responses/200/headers",
    { file: "overlay.yaml", line: 10, column: 7, endColumn: 14 },
  ],
])("a clause that stands %s is found there", (_, source, place) => {
  expect(locate(source)).toEqual(place);
});

test.each(["RFC 9110, section 15", "#/paths/~1b"])("%s is in no document", (source) => {
  expect(locate(source)).toBeUndefined();
});

test.each(Object.values(contracts))("every law of $name stands on a line of its files", ({ name, laws }) => {
  const files = createClauseFiles(contracts);
  for (const { id, source } of laws) {
    const place = files(name, source);
    expect(place, id).toMatchObject({ file: expect.stringMatching(`^specs/${name}/`) as string });
    if (source.startsWith("#/")) expect(place!.line, id).toBeGreaterThan(1); // the top of a file says nothing
  }
});

test("a clause that no file holds is told at the top of the contract's document, since a place is needed", () => {
  const files = createClauseFiles(contracts);
  expect(files("recoup", "RFC 9110, section 15")).toEqual({
    file: "specs/recoup/openapi.yaml",
    line: 1,
    column: 1,
    endColumn: 2,
  });
  expect(files("no-such-contract", "#")).toBeUndefined();
});
