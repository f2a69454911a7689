import { expect, test } from "vitest";
import { contracts } from "../../../contracts.ts";
import { lawReportFixture, passFixture, reportFixture } from "../content/report.fixture.ts";
import { createClauseFiles } from "./clause-files.ts";
import { formatReports } from "./formats.ts";
import { formatGrids } from "./target-grid.ts";

const broken = lawReportFixture({ id: "recoup/create/empty-text", reason: 'seen: "<b>"' });
const kept = passFixture("recoup/create/empty-text");
const same = passFixture("recoup/list/answer-shape");

test("one contract on two targets is a grid of the laws that not both keep", () => {
  const one = reportFixture({ target: "http://one.test", laws: [broken, same] });
  const other = reportFixture({ target: "http://two.test", laws: [kept, same] });
  const grid = formatGrids([one, other]);
  expect(grid).toContain("1 of 2 laws hold on all 2 targets.");
  expect(grid.match(/<th scope="col">.*?<\/th>/g)).toEqual([
    '<th scope="col">law</th>',
    '<th scope="col"><code>http://one.test</code></th>',
    '<th scope="col"><code>http://two.test</code></th>',
  ]);
  expect(grid.match(/<td class="(\w+)"/g)).toEqual(['<td class="fail"', '<td class="pass"']);
  expect(grid).not.toContain("<b>");
  expect(formatReports("html", [one, other])).toContain(grid);
});

test("a law that one run did not judge says so; contracts of one report each have no grid", () => {
  const one = reportFixture({ laws: [broken] });
  expect(formatGrids([one, reportFixture({ laws: [same] })])).toContain("not in this run");
  expect(formatGrids([one, reportFixture({ contract: "opencomputer", laws: [] })])).toBe("");
});

test("a finding shows the lines of its clause in the document, and no more than belong to it", () => {
  const locate = createClauseFiles(contracts);
  const source = "#/components/schemas/CreateSandboxRequest/properties/command";
  const { file, line, excerpt = "" } = locate("recoup", source)!;
  expect(excerpt.split("\n")[0]).toBe("command:");
  expect(
    excerpt
      .split("\n")
      .slice(1)
      .filter((text) => !/^( {2}|…)/.test(text)),
  ).toEqual([]);
  const html = formatReports("html", [reportFixture({ laws: [lawReportFixture({ source })] })], locate);
  expect(html).toContain(`<summary>The clause, from line ${line}</summary><pre`);
  expect([file, html.includes("command:\n")]).toEqual(["specs/recoup/openapi.yaml", true]);
  const long = locate("recoup", "#/paths/~1api~1sandboxes/post")!.excerpt!.split("\n");
  expect([long.length, long.at(-1)]).toEqual([13, "…"]);
});
