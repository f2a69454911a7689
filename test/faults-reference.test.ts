import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { faults } from "../mocks/index.ts";

const page = readFileSync(new URL("../docs/reference/faults.md", import.meta.url), "utf8");

test("the reference has a row for each fault, and for nothing else", () => {
  const listed = rowsBelow("## What there is").map((cells) => cells.join(" | "));
  expect(listed.toSorted()).toEqual(faults.map(describeFault).toSorted());
});

test("the reference names each option of a fault with its default", () => {
  const known = faults.flatMap(({ id, options = {} }) =>
    Object.entries(options).map(([name, option]) => `${id} | \`${name}\` | ${option.default} | ${option.meaning}`),
  );
  const listed = rowsBelow("## Sizes").map((cells) => cells.join(" | "));
  expect(listed.toSorted()).toEqual([...new Set(known)].toSorted());
});

function describeFault({ id, alias = "", contract, summary, shows }: (typeof faults)[number]): string {
  return [id, alias, contract, summary, shows].join(" | ");
}

/** The cells of the table of one section, without its head. */
function rowsBelow(heading: string): string[][] {
  const [, section = ""] = page.split(`${heading}\n`);
  const lines = section.split("\n## ")[0]!.split("\n");
  const rows = lines.filter((line) => line.startsWith("|")).slice(2);
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
