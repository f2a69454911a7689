import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import type { TestSpecification } from "vitest/node";

/** Files that take minutes, the longest first: begun last, they would leave one core idle at the end. */
const longest = ["faults-by-laws", "profiles", "transient-failures", "each-law", "reference", "conform"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`)) + 1 || longest.length + 1;
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  logLevel: "error", // of Vite: GitHub's reader of workflows names source maps that it does not have
  test: {
    server: { deps: { inline: [/@actions\/workflow-parser/] } }, // it imports JSON as bundlers do
    include: ["{src,mocks,conformance,test}/**/*.test.ts"],
    typecheck: { enabled: true, include: ["{src,mocks,conformance,test}/**/*.test-d.ts"] },
    testTimeout: 30_000,
    sequence: { sequencer: LongestFirst },
    // By default one core is left free, which on a runner of two is half of it.
    maxWorkers: "100%",
    // In CI the counts are read from the runner's own report; see .ci/.
    reporters: process.env["CI"] ? ["default", ["json", { outputFile: "coverage/tests.json" }]] : ["default"],
  },
});
