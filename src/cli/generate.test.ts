import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { documentFixture, writeDocuments } from "../generate/document.fixture.ts";
import { generateContracts, generateFromFlags } from "./generate-run.ts";

function outputFixture() {
  const lines = { out: [] as string[], err: [] as string[] };
  const output = { out: (line: string) => lines.out.push(line), err: (line: string) => lines.err.push(line) };
  return { lines, output };
}

async function contractFixture(text = documentFixture()) {
  const root = await writeDocuments({ "specs/things/openapi.yaml": text, "generated/things/openapi.json": "old" });
  const contracts = [{ name: "things", spec: "specs/things/openapi.yaml", overlays: [] }];
  return { root, contracts, folder: join(root, "generated/things") };
}

test("a user's document becomes seven files, whose headers name it as seen from there", async () => {
  const folder = await writeDocuments({ "api/a.yaml": documentFixture(), "api/mend.yaml": mend });
  const { lines, output } = outputFixture();
  const out = join(folder, "out");
  const flags = { spec: join(folder, "api/a.yaml"), out, overlay: [join(folder, "api/mend.yaml")] };
  expect(await generateFromFlags(flags, output)).toBe(0);
  expect(lines).toEqual({
    out: [`${out}: wrote client.ts, openapi.json, operations.ts, schemas.ts, types.ts, validators.d.ts, validators.js`],
    err: [],
  });
  const types = await readFile(join(out, "types.ts"), "utf8");
  expect(types).toContain("from ../api/a.yaml with ../api/mend.yaml. Never edit");
  expect(await readFile(join(out, "openapi.json"), "utf8")).toContain('"title": "Mended"');
  expect(await generateFromFlags({ ...flags, check: true }, output)).toBe(0);
});

const mend = `overlay: 1.0.0
info: { title: Mend, version: "1" }
actions:
  - target: $.info
    update: { title: Mended }
`;

test("an invalid document says where on stderr, gives 2 and leaves the folder as it was", async () => {
  const folder = await writeDocuments({ "a.yaml": documentFixture({ schema: "type: strin" }), "out/types.ts": "mine" });
  const { lines, output } = outputFixture();
  expect(await generateFromFlags({ spec: join(folder, "a.yaml"), out: join(folder, "out") }, output)).toBe(2);
  expect(lines.out).toEqual([]);
  expect(lines.err).toEqual([
    expect.stringMatching(/^sandglass: \S*a\.yaml:12:17 \/paths\/\S+\/schema\/type: `type` can be one of/),
  ]);
  expect(await readdir(join(folder, "out"))).toEqual(["types.ts"]);
  expect(await readFile(join(folder, "out/types.ts"), "utf8")).toBe("mine");
});

test("a document that only fails in its last step writes nothing either", async () => {
  const text = documentFixture({ components: "schemas:\n  Bad: { anyOf: [] }" });
  const folder = await writeDocuments({ "a.yaml": text });
  const { output } = outputFixture();
  expect(await generateFromFlags({ spec: join(folder, "a.yaml"), out: join(folder, "out") }, output)).toBe(2);
  expect(await readdir(folder)).not.toContain("out");
});

test("what is left out is said on stderr", async () => {
  const text = documentFixture({ schema: "type: string\nformat: odd" });
  const folder = await writeDocuments({ "a.yaml": text });
  const { lines, output } = outputFixture();
  expect(await generateFromFlags({ spec: join(folder, "a.yaml"), out: join(folder, "out") }, output)).toBe(0);
  expect(lines.err).toEqual([expect.stringContaining("warning: getThings 200: format odd is unknown and not checked")]);
});

test("a check writes nothing, names each outdated file and gives 1", async () => {
  const { root, contracts, folder } = await contractFixture();
  const first = outputFixture();
  expect(await generateContracts({ check: false, root, contracts, output: first.output })).toBe(0);
  await writeFile(join(folder, "types.ts"), "edited");
  await writeFile(join(folder, "schemas.ts"), "edited");
  const { lines, output } = outputFixture();
  expect(await generateContracts({ check: true, root, contracts, output })).toBe(1);
  expect(lines.err.join("\n").split("\n")).toEqual([
    "sandglass: generated/things/schemas.ts is outdated: run npm run generate",
    "  generated/things/types.ts is outdated: run npm run generate",
  ]);
  expect(await readFile(join(folder, "types.ts"), "utf8")).toBe("edited");
});

test("a check gives 0 when all is as it should be", async () => {
  const { root, contracts } = await contractFixture();
  const { lines, output } = outputFixture();
  await generateContracts({ check: false, root, contracts, output });
  expect(await generateContracts({ check: true, root, contracts, output })).toBe(0);
  expect(lines.out.at(-1)).toBe("generated/things: up to date");
});

test("an invalid contract gives 2, also in a check", async () => {
  const { root, contracts } = await contractFixture("openapi: 3.1.0\n");
  const { output } = outputFixture();
  expect(await generateContracts({ check: true, root, contracts, output })).toBe(2);
});

test("in CI the script compares: what is committed is up to date", async () => {
  const script = join(import.meta.dirname, "generate-contracts.ts");
  const run = await promisify(execFile)(process.execPath, [script], { env: { ...process.env, CI: "true" } });
  const lines = run.stdout.trim().split("\n");
  expect(lines).toContain("generated/recoup: up to date");
  expect(lines.filter((line) => !line.endsWith(": up to date"))).toEqual([]);
});

test("a missing option is told on stderr and gives 2", async () => {
  const run = promisify(execFile)(process.execPath, [
    join(import.meta.dirname, "main.ts"),
    "generate",
    "--spec",
    "a.yaml",
  ]);
  await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("--out <folder>") as string });
});

test("the command itself loads in no time: nothing but commander", async () => {
  const code = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(join(import.meta.dirname, "generate.ts"))});
    console.log(loaded.filter((url) => url.startsWith("file:") && !url.includes("/commander/")).join());`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code]);
  expect(stdout.trim()).toMatch(/^[^,]*\/generate\.ts$/);
});
