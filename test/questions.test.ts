import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { listBlocks } from "./markdown.ts";

const execute = promisify(execFile);
const page = readFileSync("docs/questions.md", "utf8");

test("there are ten questions, and each has an answer", () => {
  expect(page.match(/^\*\*\d+\. [^*]+\?\*\* \S/gm)).toHaveLength(10);
});

const programs = listBlocks(page).map(({ code }) => code);

test.each(programs.map((code, at) => [at + 1, code] as const))(
  "program %i of them prints what it says",
  async (at, code) => {
    const file = `test/.questions-${at}.ts`; // beside the packages that it imports
    const sources = code.replace('"sandglass/mock"', '"../mocks/index.ts"');
    writeFileSync(file, sources);
    try {
      const { stdout } = await execute(process.execPath, [file]);
      expect(stdout.trim()).toBe(/\/\/ → (.*)$/m.exec(code)![1]);
    } finally {
      rmSync(file);
    }
  },
);
