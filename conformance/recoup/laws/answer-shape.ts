import { answerShapeLaw, answersShapeLaw } from "../../kit/law/families/answer-shape.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import { createBody } from "../arbitraries.ts";
import { pointer } from "../operations.ts";

const createRuns = 3;

/** Valid requests get documented answers: status, content type, body. */
export const answerShape: readonly Law[] = [
  answersShapeLaw({
    id: "recoup/create/answer-shape",
    operation: "createSandbox",
    requirement: "MUST",
    statement: "answer a valid create with 200 and the documented body",
    source: pointer("createSandbox", "responses", "200"),
    sandboxes: { ...noSandboxes, creates: createRuns },
    cases: [{ name: "valid body", arbitrary: createBody, runs: createRuns }],
  }),
  answerShapeLaw({
    id: "recoup/list/answer-shape",
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
    id: "recoup/list-runs/answer-shape",
    operation: "listTaskRuns",
    requirement: "SHOULD",
    statement: "answer a list of runs with 200 and the documented body",
    source: pointer("listTaskRuns", "responses", "200"),
    sandboxes: noSandboxes,
    call: () => Promise.resolve({ query: { limit: "5" } }),
  }),
  answerShapeLaw({
    id: "recoup/account-id/answer-shape",
    operation: "getAccountId",
    requirement: "SHOULD",
    statement: "answer the reading of the caller's account with 200 and its id",
    source: pointer("getAccountId", "responses", "200"),
    sandboxes: noSandboxes,
    call: () => Promise.resolve({}),
  }),
];
