import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { createLedger } from "./ledger.ts";
import { openLedgerFile, readLedgerFile } from "./ledger-file.ts";

const folder = mkdtempSync(join(tmpdir(), "sandglass-ledger-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const header = { contract: "mini", target: "http://mini.test", startedAt: "2026-01-01T00:00:00.000Z", pid: 1 };

test("a ledger is on the disk line by line, and is read back", async () => {
  const path = join(folder, "made", "for", "it.jsonl");
  const file = openLedgerFile(path, header);
  await file.append({ atMs: 1, type: "created", create: 1, ids: ["a"] });
  expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(2);
  file.close();
  expect(readLedgerFile(path)).toEqual({
    header: { type: "run", version: 1, ...header },
    entries: [{ atMs: 1, type: "created", create: 1, ids: ["a"] }],
  });
});

test("a last line that was cut off is left out, and one that goes on is appended", async () => {
  const path = join(folder, "cut.jsonl");
  openLedgerFile(path, header).close();
  appendFileSync(path, '{"atMs":1,"type":"crea');
  expect(readLedgerFile(path).entries).toEqual([]);
  const file = openLedgerFile(path);
  await file.append({ atMs: 2, type: "gone", id: "a" });
  file.close();
  expect(readLedgerFile(path).entries).toEqual([{ atMs: 2, type: "gone", id: "a" }]);
});

test("what is no ledger, or cannot be written, is said", () => {
  writeFileSync(join(folder, "other.json"), "{}");
  expect(() => readLedgerFile(join(folder, "other.json"))).toThrow(/is no ledger/);
  expect(() => readLedgerFile(join(folder, "none"))).toThrow(/cannot be read/);
  expect(() => openLedgerFile(join(folder, "other.json", "x"), header)).toThrow(/cannot be written/);
});

const pipe = join(folder, "pipe");
execFileSync("mkfifo", [pipe]);

test.each([
  ["a folder", folder, "it is a folder"],
  ["a file in a folder that cannot be made", join(folder, "other.json", "a", "b"), "ENOTDIR"],
  ["a file where the system keeps no files", "/proc/no/such/folder/ledger.jsonl", "ENOENT|EACCES|EROFS|EPERM"],
  ["a device", "/dev/null", "it is no plain file"],
  ["a pipe without a reader", pipe, "it is no plain file"],
])("a ledger in %s is refused, and not waited for", (_, path, why) => {
  expect(() => openLedgerFile(path, header)).toThrow(new RegExp(`cannot be written \\((${why})\\): name a file`));
});

test("a pipe is not read as a ledger either", () => {
  expect(() => readLedgerFile(pipe)).toThrow(/cannot be read/);
});

test("a ledger that can be written no more lets no create out, and everything be ended", async () => {
  const file = openLedgerFile(join(folder, "full.jsonl"), header);
  file.close(); // from here on every write fails, as on a full disk
  const ledger = createLedger({ clock: createManualClock(0), sink: file });
  await expect(ledger.intend({ operation: "create", by: "own", purpose: "law" })).rejects.toThrow(
    /cannot be written \(EBADF\)/,
  );
  expect(ledger.mayExistCount()).toBe(0);
  expect(ledger.unsettled()).toEqual([]);
  await ledger.note({ type: "created", create: 7, ids: ["a"] });
  await ledger.note({ type: "gone", id: "a" });
  expect(ledger.alive()).toEqual([]);
});

test("the ledger of another run is left as it is", () => {
  const path = join(folder, "taken.jsonl");
  openLedgerFile(path, header).close();
  const before = readFileSync(path, "utf8");
  expect(() => openLedgerFile(path, header)).toThrow(/\(it is another run's, which a sweep may need\): name a file/);
  expect(readFileSync(path, "utf8")).toBe(before);
});
