import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
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
