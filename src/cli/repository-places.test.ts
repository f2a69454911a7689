import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { contracts, createClauseFiles } from "../../conformance/command.ts";
import { placesInRepository, type Repository } from "./repository-places.ts";

const document = {
  paths: { "/a": { get: { responses: { "200": { description: "ok" } } } }, "/b": {}, "/c": {} },
};
const source = "#/paths/~1a/get/responses/200";
const clause = {
  file: "specs/mini/openapi.yaml",
  line: 6,
  column: 3,
  endColumn: 8,
  excerpt: '"200":\n  description: ok',
};
const workflow = "octo/app/.github/workflows/night.yml@refs/heads/main";

const copy = `openapi: 3.1.0
paths:
  /a:
    get:
      responses:
        "200":
          description: ok
  /b: {}
`;
const runsIt = "# mini, each night\njobs:\n  judge:\n    steps:\n      - run: npx sandglass conform mini\n";
const config = '{\n  "other": {},\n  "mini": { "url": "https://mini.example" }\n}\n';
const elsewhere = '{ "mini": { "document": "vendor/mini.json" } }';

function placeIn(files: Readonly<Record<string, string>>, { from = source, ...given }: Given = {}) {
  const root = mkdtempSync(join(tmpdir(), "sandglass-places-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  try {
    const own = { config: join(root, "sandglass.conform.json"), ...given };
    return placesInRepository(() => clause, { mini: { document } }, { root, ...own })("mini", from);
  } finally {
    rmSync(root, { recursive: true });
  }
}

type Given = Partial<Repository> & { readonly from?: string };

const inWorkflow = { file: ".github/workflows/night.yml", line: 5, column: 36, endColumn: 40 };
const inConfig = { file: "sandglass.conform.json", line: 3, column: 4, endColumn: 8 };

test.each<[string, Readonly<Record<string, string>>, Given, object | undefined]>([
  ["the clause itself where that is the repository's own", { [clause.file]: copy }, {}, clause],
  ["the clause in a copy of the document", { "docs/openapi.yml": copy }, {}, { file: "docs/openapi.yml", line: 6 }],
  [
    "the clause in a copy of our file's name that has other lines",
    { [clause.file]: `# ours\n${copy}` },
    {},
    { file: clause.file, line: 7 },
  ],
  [
    "the clause in the document that the configuration names",
    { "sandglass.conform.json": elsewhere, "vendor/mini.json": '{\n  "paths": {\n    "/a": {}\n  }\n}' },
    {},
    { file: "vendor/mini.json", line: 3 },
  ],
  [
    "the line of the configuration, where the document is another API's",
    { "openapi.json": '{ "paths": { "/a": {} } }', "sandglass.conform.json": config },
    {},
    inConfig,
  ],
  ["the same where the document is broken", { "openapi.yaml": "a: [", "sandglass.conform.json": config }, {}, inConfig],
  [
    "the same for a law that is of no document",
    { "openapi.yaml": copy, "sandglass.conform.json": config },
    { from: "RFC 9110, section 15" },
    inConfig,
  ],
  [
    "the line of the configuration before that of the workflow",
    { "sandglass.conform.json": config, [inWorkflow.file]: runsIt },
    { workflow },
    inConfig,
  ],
  ["the workflow's line that names the contract", { [inWorkflow.file]: runsIt }, { workflow }, inWorkflow],
  [
    "the script that names it, where the configuration names another",
    { "sandglass.conform.json": '{ "other": {} }', "package.json": '{\n"scripts": { "conform": "conform mini" } }' },
    {},
    { file: "package.json", line: 2 },
  ],
  ["a file's first line where none names it", { "README.md": "An app." }, {}, { file: "README.md", line: 1 }],
  ["the workflow where nothing was checked out", {}, { workflow }, { file: inWorkflow.file, line: 1 }],
  ["no place in an empty folder", {}, {}, undefined],
  [
    "nothing outside the repository",
    { "README.md": "An app." },
    { config: "../sandglass.conform.json" },
    { file: "README.md", line: 1 },
  ],
])("reports that a code host reads point at %s", (_, files, given, place) => {
  expect(placeIn(files, given)).toEqual(place === undefined ? undefined : expect.objectContaining(place));
});

test.each(Object.values(contracts))("each clause of $name is found in a copy of its effective document", (contract) => {
  const name = `api/${contract.name}.json`;
  const text = readFileSync(join(import.meta.dirname, `../../generated/${contract.name}/openapi.json`), "utf8");
  const root = mkdtempSync(join(tmpdir(), "sandglass-places-"));
  try {
    mkdirSync(join(root, "api"));
    writeFileSync(join(root, name), text);
    const locate = placesInRepository(createClauseFiles(contracts), contracts, { root });
    for (const { id, source: from } of contract.laws.filter((law) => law.source.startsWith("#/paths/"))) {
      const place = locate(contract.name, from)!;
      expect(place.file, id).toBe(name);
      const last = decodeURIComponent(from.split("/").at(-1)!).replaceAll("~1", "/").replaceAll("~0", "~");
      if (!/^\d+$/.test(last)) expect(text.split("\n")[place.line - 1], id).toContain(`"${last}":`);
    }
  } finally {
    rmSync(root, { recursive: true });
  }
});
