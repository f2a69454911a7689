import { expect, test } from "vitest";
import { reportFormats } from "../../conformance/command.ts";
import { reportFiles } from "./write-reports.ts";

const annotations = { format: "github", file: "-" };

test.each([
  [{}, [annotations]],
  [{ report: "html=r.html" }, [{ format: "html", file: "r.html" }, annotations]],
  [{ report: "github=g.txt" }, [{ format: "github", file: "g.txt" }]],
  [{ report: "json=-" }, [{ format: "json", file: "-" }]],
  [{ json: "-" }, []],
  [{ quiet: true }, []],
])("a job on GitHub with %j is told by annotations, unless something else is to be printed", (raw, files) => {
  expect(reportFiles(raw, reportFormats, true)).toEqual(files);
});

test("elsewhere there are none", () => {
  expect(reportFiles({}, reportFormats, false)).toEqual([]);
});
