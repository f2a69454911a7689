import { expect, test } from "vitest";
import { recordFormats, reportFormats } from "../../conformance/command.ts";
import { parseOptionFiles } from "./option-files.ts";

const reports = { formats: reportFormats, example: "json=report.json" } as const;
const recordings = { formats: recordFormats, example: "har=run.har" } as const;

test("each form has its file", () => {
  expect(parseOptionFiles("--report", "json=a.json,junit=b=c.xml", reports)).toEqual([
    { format: "json", file: "a.json" },
    { format: "junit", file: "b=c.xml" },
  ]);
});

test.each(["", "json", "json=", "pdf=a.pdf", "json=a,"])("%j is refused, with what there is", (text) => {
  const parse = () => parseOptionFiles("--report", text, reports);
  expect(parse).toThrow(/^--report .*the forms are json, junit, md, html, sarif, github$/);
});

test("a form of reports is none of recordings", () => {
  const parse = () => parseOptionFiles("--record", "json=a.json", recordings);
  expect(parse).toThrow(
    "--record json=a.json: write a form and a file, such as har=run.har; the forms are har, ndjson",
  );
});
