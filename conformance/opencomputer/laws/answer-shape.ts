import { judgeAnswer } from "../../kit/law/answer.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { answered } from "../readings.ts";
import { life } from "../scenarios/life.ts";
import type { LifeRecord } from "../scenarios/life.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { answerShapeLaw, answersShapeLaw } from "../../kit/law/families/answer-shape.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import { createRows } from "../arbitraries.ts";
import type { OperationId } from "../operations.ts";
import { pointer, slugs } from "../operations.ts";

const statements: Readonly<Partial<Record<OperationId, string>>> = {
  setSandboxTimeout: "answer the setting of a valid timeout with 204",
  killSandbox: "answer the killing of a running sandbox with 204",
};

/** Valid requests get documented answers: status, content type, body. */
export const answerShape: readonly Law[] = [
  answersShapeLaw({
    id: "opencomputer/create/answer-shape",
    operation: "createSandbox",
    requirement: "MUST",
    statement: "answer a valid create with 201 and the documented body",
    source: pointer("createSandbox", "responses", "201"),
    sandboxes: { ...noSandboxes, creates: createRows.length },
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
  ...(
    [
      ["setSandboxTimeout", "204", ({ running }) => running.timeoutSet],
      ["killSandbox", "204", ({ stopped }) => stopped.killed],
      ["hibernateSandbox", "200", ({ hibernated }) => hibernated.hibernated],
      ["wakeSandbox", "200", ({ hibernated }) => hibernated.woken],
      ["getSandboxTags", "200", ({ running }) => running.tagged.tags],
      ["replaceSandboxTags", "200", ({ running }) => running.put],
      ["createPreview", "201", ({ running }) => running.listings[0]!],
      ["listPreviews", "200", ({ running }) => running.listedPorts],
      ["deletePreview", "204", ({ running }) => running.deleted],
      ["rotatePreviewToken", "200", ({ running }) => running.rotated],
    ] as readonly (readonly [OperationId, string, (record: LifeRecord) => Exchange])[]
  ).map(([operation, status, exchangeIn]) =>
    scenarioLaw({
      id: `opencomputer/${slugs[operation]}/answer-shape`,
      requirement: "SHOULD",
      statement: statements[operation] ?? `answer a valid ${operation} with ${status} and the documented body`,
      source: pointer(operation, "responses", status),
      operations: [operation],
      needs: [],
      scenario: life,
      judge: (record, { contract }) => {
        const exchange = exchangeIn(record);
        const reason = judgeAnswer(contract, exchange);
        if (reason !== undefined) return { reason, exchange };
        return isSuccess(exchange) ? undefined : { reason: `a valid request: ${answered(exchange)}`, exchange };
      },
    }),
  ),
  ...(
    [
      ["hibernateSandbox", ({ stopped }) => stopped.hibernated],
      ["wakeSandbox", ({ running }) => running.woken],
      ["setSandboxTimeout", ({ stopped }) => stopped.timeoutSet],
      ["createPreview", ({ hibernated }) => hibernated.listing],
      ["deletePreview", ({ running }) => running.deletedTwice],
      ["rotatePreviewToken", ({ stopped }) => stopped.rotated],
    ] as readonly (readonly [OperationId, (record: LifeRecord) => Exchange])[]
  ).map(([operation, exchangeIn]) =>
    scenarioLaw({
      id: `opencomputer/${slugs[operation]}/error-shape`,
      requirement: "SHOULD",
      statement: `answer ${operation} with the documented error body where the state of the sandbox forbids it`,
      source: pointer(operation, "responses"),
      operations: [operation],
      scenario: life,
      judge: (record, { contract }) => {
        const exchange = exchangeIn(record);
        const { status } = exchange.response;
        const reason = status >= 400 && status < 500 ? judgeAnswer(contract, exchange) : undefined;
        return reason === undefined ? undefined : { reason, exchange };
      },
    }),
  ),
];
