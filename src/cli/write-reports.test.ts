import { expect, test } from "vitest";
import { placesInRepository } from "./write-reports.ts";

const clause = { file: "specs/mini/openapi.yaml", line: 12, column: 3, endColumn: 8 };
const workflow = "octo/app/.github/workflows/night.yml@refs/heads/main";

test.each<[string, readonly string[], string | undefined, object | undefined]>([
  ["the clause where the repository has its document", [clause.file, "package.json"], workflow, clause],
  ["the workflow that runs the command", ["package.json"], workflow, { file: ".github/workflows/night.yml", line: 1 }],
  ["the run's own settings", ["package.json", "sandglass.conform.json"], undefined, { file: "sandglass.conform.json" }],
  ["no place in an empty folder", [], undefined, undefined],
])("reports that a code host reads point at %s", (_, files, ref, place) => {
  const locate = placesInRepository(
    () => clause,
    (file) => files.includes(file),
    ref,
  );
  expect(locate("mini", "#/paths")).toEqual(place === undefined ? undefined : expect.objectContaining(place));
});
