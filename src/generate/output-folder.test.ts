import { spawnSync } from "node:child_process";
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

test("where one file cannot take its place, all old ones come back and no new one stays", async () => {
  const folder = join(await writeDocuments({ "out/a.ts": "old a", "out/c.ts/mine": "mine" }), "out");
  const all = new Map([...files, ["c.ts", "c"]]);
  await expect(writeFiles(folder, all)).rejects.toThrow("c.ts is a folder: move it, or choose another --out");
  expect((await readdir(folder)).sort()).toEqual(["a.ts", "c.ts"]);
  expect(await readFile(join(folder, "a.ts"), "utf8")).toBe("old a");
  expect(await readFile(join(folder, "c.ts/mine"), "utf8")).toBe("mine");
});

const killed = spawnSync(process.execPath, ["--eval", ""]).pid; // of a process that is no more

test("what a killed run left half done is put back, and then done", async () => {
  const staging = `out/.sandglass-generate-${killed}`;
  const folder = join(
    await writeDocuments({ "out/a.ts": "half a", [`${staging}/old/a.ts`]: "old a", [`${staging}/new/b.ts`]: "half b" }),
    "out",
  );
  await expect(writeFiles(folder, new Map([["a.ts", "old a"]]))).resolves.toEqual([]);
  expect(await readdir(folder)).toEqual(["a.ts"]);
  expect(await readFile(join(folder, "a.ts"), "utf8")).toBe("old a");
});

test("what a running process has is left to it", async () => {
  const staging = `.sandglass-generate-${process.ppid}`;
  const folder = join(await writeDocuments({ [`out/${staging}/old/a.ts`]: "old a" }), "out");
  await writeFiles(folder, files);
  expect((await readdir(folder)).sort()).toEqual([staging, "a.ts", "b.ts"]);
});

test.each([1, 2, 3, 4, 5, 6])(
  "a run that is killed before its move number %i leaves what the next run mends",
  async (move) => {
    const names = ["a.ts", "b.ts", "c.ts"];
    const folder = join(await writeDocuments({}), "out");
    await writeFiles(folder, new Map(names.map((name) => [name, "old"])));
    const script = `
    import fs from "node:fs/promises";
    import { syncBuiltinESMExports } from "node:module";
    const { rename } = fs;
    let moves = 0;
    fs.rename = (...paths) => (++moves === ${move} ? process.kill(process.pid, "SIGKILL") : rename(...paths));
    syncBuiltinESMExports();
    const { writeFiles } = await import(${JSON.stringify(join(import.meta.dirname, "output-folder.ts"))});
    await writeFiles(${JSON.stringify(folder)}, new Map(${JSON.stringify(names.map((name) => [name, "new"]))}));`;
    expect(spawnSync(process.execPath, ["--input-type=module", "--eval", script]).signal).toBe("SIGKILL");
    await writeFiles(folder, new Map()); // the next run, before it writes anything of its own
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
    expect([texts, await readdir(folder)]).toEqual([["old", "old", "old"], names]);
  },
);
