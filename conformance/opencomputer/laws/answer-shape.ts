import { firstMisshapen } from "../../kit/law/answer.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { life } from "../scenarios/life.ts";
import { answerShapeLaw, answersShapeLaw, judgeSuccess } from "../../kit/law/families/answer-shape.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import { createRows } from "../arbitraries.ts";
import type { OperationId } from "../operations.ts";
import { pointer, slugs } from "../operations.ts";
import { answersOf } from "./states.ts";

const statements: Readonly<Partial<Record<OperationId, string>>> = {
  setSandboxTimeout: "answer the setting of a valid timeout with 204",
  killSandbox: "answer the killing of a running sandbox with 204",
};

/** What a life of a sandbox shows, with the status of success. */
const answers = [
  ["setSandboxTimeout", "204"],
  ["killSandbox", "204"],
  ["hibernateSandbox", "200"],
  ["wakeSandbox", "200"],
  ["getSandboxTags", "200"],
  ["replaceSandboxTags", "200"],
  ["createPreview", "201"],
  ["listPreviews", "200"],
  ["deletePreview", "204"],
  ["rotatePreviewToken", "200"],
] as const satisfies readonly (readonly [OperationId, string])[];

/** What is refused in some state of that life. */
const refusals: readonly OperationId[] = [
  ...(["hibernateSandbox", "wakeSandbox", "setSandboxTimeout"] as const),
  ...(["createPreview", "deletePreview", "rotatePreviewToken"] as const),
];

/** Valid requests get documented answers: status, content type, body. */
export const answerShape: readonly Law[] = [
  answersShapeLaw({
    id: "opencomputer/create/answer-shape",
    operation: "createSandbox",
    requirement: "MUST",
    statement: "answer a valid create with 201 and the documented body",
    source: pointer("createSandbox", "responses", "201"),
    sandboxes: { ...noSandboxes, creates: createRows.length, atOnce: 1 },
    cases: createRows,
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
  ...answers.map(([operation, status]) =>
    scenarioLaw({
      id: `opencomputer/${slugs[operation]}/answer-shape`,
      requirement: "SHOULD",
      statement: statements[operation] ?? `answer a valid ${operation} with ${status} and the documented body`,
      source: pointer(operation, "responses", status),
      operations: [operation],
      needs: [],
      scenario: life,
      judge: (record, run) => judgeSuccess(run, answersOf(record, operation, true)[0]!),
    }),
  ),
  ...refusals.map((operation) =>
    scenarioLaw({
      id: `opencomputer/${slugs[operation]}/error-shape`,
      requirement: "SHOULD",
      statement: `answer ${operation} with the documented error body where the state of the sandbox forbids it`,
      source: pointer(operation, "responses"),
      operations: [operation],
      scenario: life,
      judge: (record, { contract }) => firstMisshapen(contract, answersOf(record, operation, false)),
    }),
  ),
];
