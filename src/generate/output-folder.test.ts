import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeDocuments } from "./document.fixture.ts";
import { updateFiles } from "./output-folder.ts";

const files = { "a.ts": "new a", "b.ts": "b" };

const writing = (texts: Readonly<Record<string, string>>) => async (staging: string) => {
  for (const [name, text] of Object.entries(texts)) await writeFile(join(staging, name), text);
};

test("missing folders are made, and only files that changed are written", async () => {
  const folder = join(await writeDocuments({}), "deep/out");
  expect(await updateFiles({ folder }, writing(files))).toEqual(["a.ts", "b.ts"]);
  await writeFile(join(folder, "a.ts"), "old a");
  const before = await stat(join(folder, "b.ts"));
  expect(await updateFiles({ folder }, writing(files))).toEqual(["a.ts"]);
  expect(await readFile(join(folder, "a.ts"), "utf8")).toBe("new a");
  expect((await stat(join(folder, "b.ts"))).ino).toBe(before.ino);
  expect(await updateFiles({ folder, check: true }, writing(files))).toEqual([]);
});

test("a check writes nothing, and says what would change", async () => {
  const folder = await writeDocuments({ "out/a.ts": "old a", "out/b.ts": "b" });
  expect(await updateFiles({ folder: join(folder, "out"), check: true }, writing(files))).toEqual(["a.ts"]);
  expect(await updateFiles({ folder: join(folder, "none"), check: true }, writing(files))).toEqual(["a.ts", "b.ts"]);
  expect([await readFile(join(folder, "out/a.ts"), "utf8"), (await readdir(folder)).includes("none")]).toEqual([
    "old a",
    false,
  ]);
});

test("where the files cannot be made, the reason is told, and no folder is left", async () => {
  const folder = await writeDocuments({});
  const refuse = () => Promise.reject(new Error("no such thing"));
  await expect(updateFiles({ folder: join(folder, "deep/out") }, refuse)).rejects.toThrow(/^no such thing$/);
  expect(await readdir(folder)).not.toContain("deep");
});

test("files of others stay, and no temporary file does", async () => {
  const folder = join(await writeDocuments({ "out/mine.ts": "mine" }), "out");
  await updateFiles({ folder }, writing(files));
  expect((await readdir(folder)).sort()).toEqual(["a.ts", "b.ts", "mine.ts"]);
});

test("a folder that cannot be written is refused by name, and nothing is left in it", async () => {
  const folder = join(await writeDocuments({ "out/b.ts/in-the-way": "" }), "out");
  await expect(updateFiles({ folder }, writing(files))).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining(`${folder}: cannot be written: `) as string,
  });
  expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("a file in the place of the folder is refused", async () => {
  const folder = await writeDocuments({ out: "a file" });
  await mkdir(join(folder, "other"));
  await expect(updateFiles({ folder: join(folder, "out") }, writing(files))).rejects.toMatchObject({
    code: "CONFIG_INVALID",
  });
});

test("where one file cannot take its place, all old ones come back and no new one stays", async () => {
  const folder = join(await writeDocuments({ "out/a.ts": "old a", "out/c.ts/mine": "mine" }), "out");
  await expect(updateFiles({ folder }, writing({ ...files, "c.ts": "c" }))).rejects.toThrow(
    "c.ts is a folder: move it, or choose another --out",
  );
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
  await expect(updateFiles({ folder }, writing({ "a.ts": "old a" }))).resolves.toEqual([]);
  expect(await readdir(folder)).toEqual(["a.ts"]);
  expect(await readFile(join(folder, "a.ts"), "utf8")).toBe("old a");
});

test("what a running process has is left to it", async () => {
  const staging = `.sandglass-generate-${process.ppid}`;
  const folder = join(await writeDocuments({ [`out/${staging}/old/a.ts`]: "old a" }), "out");
  await updateFiles({ folder }, writing(files));
  expect((await readdir(folder)).sort()).toEqual([staging, "a.ts", "b.ts"]);
});

test.each([1, 2, 3, 4, 5, 6])(
  "a run that is killed before its move number %i leaves what the next run mends",
  async (move) => {
    const names = ["a.ts", "b.ts", "c.ts"];
    const folder = join(await writeDocuments({}), "out");
    await updateFiles({ folder }, writing(Object.fromEntries(names.map((name) => [name, "old"]))));
    const script = `
    import fs from "node:fs/promises";
    import { syncBuiltinESMExports } from "node:module";
    const { rename } = fs;
    let moves = 0;
    fs.rename = (...paths) => (++moves === ${move} ? process.kill(process.pid, "SIGKILL") : rename(...paths));
    syncBuiltinESMExports();
    const { updateFiles } = await import(${JSON.stringify(join(import.meta.dirname, "output-folder.ts"))});
    await updateFiles({ folder: ${JSON.stringify(folder)} }, async (staging) => {
      for (const name of ${JSON.stringify(names)}) await fs.writeFile(staging + "/" + name, "new");
    });`;
    expect(spawnSync(process.execPath, ["--input-type=module", "--eval", script]).signal).toBe("SIGKILL");
    await updateFiles({ folder }, writing({})); // the next run, before it writes anything of its own
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
    expect([texts, await readdir(folder)]).toEqual([["old", "old", "old"], names]);
  },
);
