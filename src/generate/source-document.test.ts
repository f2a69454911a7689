import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documentFixture, writeDocuments } from "./document.fixture.ts";
import { parseSourceDocument, readSourceDocument } from "./source-document.ts";

const refusals = [
  { title: "a text of several documents", text: "a: 1\n---\nb: 2\n", message: /^x\.yaml:2:1: .*multiple documents/ },
  {
    title: "a value that JSON lacks",
    text: "a: { b: .inf }",
    message: /^x\.yaml:1:6 \/a\/b: Infinity is no value of JSON/,
  },
  { title: "an alias without an anchor", text: "a: *b", message: /^x\.yaml: .*Unresolved alias/ },
  {
    title: "an alias inside of what it names",
    text: "a: &a { b: [*a] }",
    message: /^x\.yaml:1:\d+ \/a\/b\/0: a YAML alias is inside/,
  },
  {
    title: "endless nesting",
    text: "[".repeat(100_000),
    message: /^x\.yaml:1: this is nested more than 400 levels deep/,
  },
  {
    title: "deep nesting",
    text: `${"[".repeat(5000)}${"]".repeat(5000)}`,
    message: /nested more than 400 levels deep/,
  },
  { title: "a member of JSON that is there twice", text: '{\n"a": 1,\n"a": 2}', message: /^x\.yaml:3:1: .*unique/ },
  { title: "a merge of what is no map", text: "<<: 3", message: /^x\.yaml: .*[Mm]erge/ },
];

test.each(refusals)("$title is refused by name", ({ text, message }) => {
  expect(() => parseSourceDocument(join(process.cwd(), "x.yaml"), text)).toThrow(
    expect.objectContaining({ code: "SPEC_UNREADABLE", message: expect.stringMatching(message) as string }) as Error,
  );
});

test("an alias bomb is refused before it is expanded", () => {
  const lines = Array.from(
    { length: 30 },
    (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join()}]`,
  );
  const bomb = ["a0: &a0 [x]", ...lines].join("\n");
  expect(() => parseSourceDocument("/x.yaml", bomb)).toThrow("/x.yaml: its YAML aliases copy more than 1000000 values");
});

test("a document of many aliases is read, and each is a copy", () => {
  const members = Array.from({ length: 500 }, (_, index) => `  p${index}: *part`).join("\n");
  const { value } = parseSourceDocument("/x.yaml", `part: &part { type: string }\nall:\n${members}\n`);
  const all = (value as { all: Record<string, object> }).all;
  expect(Object.keys(all)).toHaveLength(500);
  expect(all["p0"]).toEqual({ type: "string" });
  expect(all["p0"]).not.toBe(all["p1"]);
});

test("JSON is located as YAML is", () => {
  const text = '{\n  "a": {\n    "b~/c": [1,\n      2]\n  }\n}\n';
  const { locate } = parseSourceDocument("/x.json", text);
  expect([locate(""), locate("/a/b~0~1c"), locate("#/a/b~0~1c/1"), locate("/a/nothing")]).toEqual([
    "/x.json:1:1",
    "/x.json:3:5 /a/b~0~1c",
    "/x.json:4:7 /a/b~0~1c/1",
    "/x.json:2:3 /a/nothing",
  ]);
});

test("a byte order mark and Windows line ends change nothing", async () => {
  const text = documentFixture();
  const folder = await writeDocuments({ "a.yaml": text, "b.yaml": `\ufeff${text.replaceAll("\n", "\r\n")}` });
  const [plain, other] = await Promise.all(["a.yaml", "b.yaml"].map((name) => readSourceDocument(join(folder, name))));
  expect(other?.value).toEqual(plain?.value);
  expect(other?.locate("/paths")).toBe(plain?.locate("/paths").replace("a.yaml", "b.yaml"));
});

test("what is no UTF-8 text is refused", async () => {
  const folder = await writeDocuments({});
  for (const bytes of [
    Buffer.from([0xff, 0xfe, 0x61, 0x00]),
    await readFile(process.execPath).then((all) => all.subarray(0, 4096)),
  ]) {
    await writeFile(join(folder, "a.yaml"), bytes);
    await expect(readSourceDocument(join(folder, "a.yaml"))).rejects.toThrow(
      "a.yaml: this is no UTF-8 text: save the document",
    );
  }
});
