import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeDocuments } from "./document.fixture.ts";
import { changedFiles, writeFiles } from "./output-folder.ts";

const files = new Map([
  ["a.ts", "new a"],
  ["b.ts", "b"],
]);

test("missing folders are made, and only files that changed are written", async () => {
  const folder = join(await writeDocuments({}), "deep/out");
  expect(await writeFiles(folder, files)).toEqual(["a.ts", "b.ts"]);
  await writeFile(join(folder, "a.ts"), "old a");
  const before = await stat(join(folder, "b.ts"));
  expect(await writeFiles(folder, files)).toEqual(["a.ts"]);
  expect(await readFile(join(folder, "a.ts"), "utf8")).toBe("new a");
  expect((await stat(join(folder, "b.ts"))).ino).toBe(before.ino);
  expect(await changedFiles(folder, files)).toEqual([]);
});

test("files of others stay, and no temporary file does", async () => {
  const folder = join(await writeDocuments({ "out/mine.ts": "mine" }), "out");
  await writeFiles(folder, files);
  expect((await readdir(folder)).sort()).toEqual(["a.ts", "b.ts", "mine.ts"]);
});

test("a folder that cannot be written is refused by name, and nothing is left in it", async () => {
  const folder = join(await writeDocuments({ "out/b.ts/in-the-way": "" }), "out");
  await expect(writeFiles(folder, files)).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining(`${folder}: cannot be written: `) as string,
  });
  expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("a file in the place of the folder is refused", async () => {
  const folder = await writeDocuments({ out: "a file" });
  await mkdir(join(folder, "other"));
  await expect(writeFiles(join(folder, "out"), files)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
