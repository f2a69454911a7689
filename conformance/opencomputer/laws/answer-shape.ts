import { answerShapeLaw, answersShapeLaw } from "../../kit/families/answer-shape.ts";
import type { Law } from "../../kit/law.ts";
import { noSandboxes } from "../../kit/law.ts";
import { createBody } from "../arbitraries.ts";
import { pointer } from "./operations.ts";

const createRuns = 4;

/** Valid requests get documented answers: status, content type, body. */
export const answerShape: readonly Law[] = [
  answersShapeLaw({
    id: "opencomputer/create/answer-shape",
    operation: "createSandbox",
    requirement: "MUST",
    statement: "answer a valid create with 201 and the documented body",
    source: pointer("createSandbox", "responses", "201"),
    sandboxes: { ...noSandboxes, creates: createRuns },
    cases: [{ name: "valid body", arbitrary: createBody, runs: createRuns }],
  }),
  answerShapeLaw({
    id: "opencomputer/list/answer-shape",
    operation: "listSandboxes",
    requirement: "SHOULD",
    statement: "answer a list with 200 and the documented body",
    source: pointer("listSandboxes", "responses", "200"),
    sandboxes: { ...noSandboxes, shared: 1 },
    call: async (run) => {
      await run.sharedSandbox(); // an empty list would show nothing
      return {};
    },
  }),
  answerShapeLaw({
    id: "opencomputer/get/answer-shape",
    operation: "getSandbox",
    requirement: "SHOULD",
    statement: "answer the reading of a sandbox with 200 and the documented body",
    source: pointer("getSandbox", "responses", "200"),
    sandboxes: { ...noSandboxes, shared: 1 },
    call: async (run) => ({ path: { id: await run.sharedSandbox() } }),
  }),
  answerShapeLaw({
    id: "opencomputer/set-timeout/answer-shape",
    operation: "setSandboxTimeout",
    requirement: "SHOULD",
    statement: "answer the setting of a valid timeout with 204",
    source: pointer("setSandboxTimeout", "responses", "204"),
    sandboxes: { ...noSandboxes, fresh: 1 },
    call: async (run) => ({ path: { id: await run.freshSandbox() }, json: { timeout: 90 } }),
  }),
  answerShapeLaw({
    id: "opencomputer/kill/answer-shape",
    operation: "killSandbox",
    requirement: "SHOULD",
    statement: "answer the killing of a running sandbox with 204",
    source: pointer("killSandbox", "responses", "204"),
    sandboxes: { ...noSandboxes, fresh: 1 },
    call: async (run) => ({ path: { id: await run.freshSandbox() } }),
  }),
];
