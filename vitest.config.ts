import { defineConfig } from "vitest/config";

export default defineConfig({
  logLevel: "error", // of Vite: GitHub's reader of workflows names source maps that it does not have
  test: {
    server: { deps: { inline: [/@actions\/workflow-parser/] } }, // it imports JSON as bundlers do
    include: ["{src,mocks,conformance,test}/**/*.test.ts"],
    typecheck: { enabled: true, include: ["{src,mocks,conformance,test}/**/*.test-d.ts"] },
    testTimeout: 30_000,
    // By default one core is left free, which on a runner of two is half of it.
    maxWorkers: "100%",
    // In CI the counts are read from the runner's own report; see .ci/.
    reporters: process.env["CI"] ? ["default", ["json", { outputFile: "coverage/tests.json" }]] : ["default"],
  },
});
