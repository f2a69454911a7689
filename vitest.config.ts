import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{src,mocks,conformance,test}/**/*.test.ts"],
    typecheck: { enabled: true, include: ["{src,mocks,conformance,test}/**/*.test-d.ts"] },
    testTimeout: 30_000,
  },
});
