import { expect, test } from "vitest";
import { parseReportFiles } from "./report-files.ts";

test("each form has its file", () => {
  expect(parseReportFiles("json=a.json,junit=b=c.xml")).toEqual([
    { format: "json", file: "a.json" },
    { format: "junit", file: "b=c.xml" },
  ]);
});

test.each(["", "json", "json=", "pdf=a.pdf", "json=a,"])("%j is refused, with what there is", (text) => {
  expect(() => parseReportFiles(text)).toThrow(/the forms are json, junit, md, html, sarif, github$/);
});
