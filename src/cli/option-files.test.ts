import { expect, test } from "vitest";
import { recordFormats, reportFormats } from "../../conformance/command.ts";
import { parseOptionFiles } from "./option-files.ts";

test("each form has its file", () => {
  expect(parseOptionFiles("--report", "json=a.json,junit=b=c.xml", reportFormats)).toEqual([
    { format: "json", file: "a.json" },
    { format: "junit", file: "b=c.xml" },
  ]);
});

test.each(["", "json", "json=", "pdf=a.pdf", "json=a,"])("%j is refused, with what there is", (text) => {
  const parse = () => parseOptionFiles("--report", text, reportFormats);
  expect(parse).toThrow(/^--report .*the forms are json, junit, md, html, sarif, github$/);
});

test("a form of reports is none of recordings", () => {
  const parse = () => parseOptionFiles("--record", "json=a.json", recordFormats);
  expect(parse).toThrow(
    "--record json=a.json: write a form and a file, such as har=run.har; the forms are har, ndjson",
  );
});
