export {
  defineConformance,
  registerLaws,
  type ConformanceTarget,
  type RegisterLawsOptions,
} from "../../conformance/vitest.ts";
export { expect, type OperationName, type SandboxExpect, type SandboxMatchers } from "./expect.ts";
export {
  createSandboxTest,
  type ClientOf,
  type SandboxFixture,
  type SandboxTest,
  type SandboxTestOptions,
} from "./sandbox-test.ts";
