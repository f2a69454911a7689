import { operations } from "../../../generated/recoup/operations.ts";
import type { OperationId } from "../../../generated/recoup/operations.ts";
import { operationPointer } from "../../kit/law/operation-pointer.ts";
import type { Requirement } from "../../kit/law/law.ts";
import type { Clause } from "../../kit/run/judged-contract.ts";
import type { Deviation } from "../../kit/model/contract-model.ts";
import { sentOperations } from "../operations.ts";

/** Clauses that are told by the id of a law. */
const clausesOfLaws = [
  "account-id/answer-shape",
  "account-id/refusal-shape",
  "create/answer-shape",
  "create/error-shape",
  "create/no-run-id",
  "create/refusal-shape",
  "create/run-id-with-command",
  "create/run-id-with-prompt",
  "create/unique-ids",
  "get-file/error-shape",
  "get-file/refusal-shape",
  "list-runs/answer-shape",
  "list-runs/error-shape",
  "list-runs/legal-transitions",
  "list-runs/limit-kept",
  "list-runs/refusal-shape",
  "list-runs/run-ends",
  "list-runs/run-exists",
  "list-runs/stranger-lists-nothing",
  "list-runs/stranger-reads-nothing",
  "list/answer-shape",
  "list/created-at-as-created",
  "list/created-at-fixed",
  "list/created-at-past",
  "list/error-shape",
  "list/legal-transitions",
  "list/lists-all",
  "list/newest-first",
  "list/no-run-id",
  "list/read-back",
  "list/refusal-shape",
  "list/run-sets-snapshot",
  "list/runs-until-timeout",
  "list/stays-stopped",
  "list/stops-in-time",
  "list/stranger-lists-nothing",
  "list/stranger-reads-nothing",
  "list/timeout-as-created",
  "list/timeout-ends-at-zero",
  "list/timeout-falls",
  "list/timeout-unmoved-by-reading",
  "delete/answer-shape",
  "delete/refusal-shape",
  "setup/answer-shape",
  "setup/refusal-shape",
  "update/answer-shape",
  "update/refusal-shape",
  "upload/answer-shape",
  "upload/refusal-shape",
] as const;

const run = "#/components/schemas/TaskRun/properties";
const kept = "#/components/schemas/AccountSnapshot/properties";

/** Clauses that no law states: level, statement, where it stands, operations. */
const own = {
  "list/once": ["SHOULD", "list each sandbox once", operationPointer(operations.listSandboxes), ["listSandboxes"]],
  "list/of-one-account": [
    "SHOULD",
    "list for an account that is named the sandboxes of that account alone",
    `${operationPointer(operations.listSandboxes)}/description`,
    ["listSandboxes"],
  ],
  "list-runs/of-one-account": [
    "SHOULD",
    "list for an account that is named the runs of that account alone",
    operationPointer(operations.listTaskRuns, "parameters"),
    ["listTaskRuns"],
  ],
  "list-runs/as-started": [
    "SHOULD",
    "tell of a run when it was asked for, its kind and its account as they are, its beginning once it executes and its end once it has ended",
    `${run}/createdAt`,
    ["listTaskRuns"],
  ],
  "list-runs/unique-ids": [
    "MUST",
    "name each run by an id that no other has",
    `${run}/id`,
    ["createSandbox", "setupSandbox"],
  ],
  "account-id/fixed": [
    "MUST",
    "tell a caller the same account each time",
    operationPointer(operations.getAccountId),
    ["getAccountId"],
  ],
  "list/keeps-what-was-set": [
    "SHOULD",
    "list an account with the snapshot and the repository that were set last",
    "#/components/schemas/SandboxesResponse/properties/snapshot_id",
    ["listSandboxes", "updateSandboxSnapshot"],
  ],
  "list-runs/times-fixed": [
    "SHOULD",
    "tell the same createdAt, startedAt and finishedAt of a run each time it is read, and the same output once it has ended",
    `${run}/createdAt`,
    ["listTaskRuns"],
  ],
  "list-runs/times-in-order": [
    "SHOULD",
    "tell that a run was created before it began, began before it ended, and changed no more after it was updated last",
    `${run}/finishedAt`,
    ["listTaskRuns"],
  ],
  "list-runs/read-back": [
    "SHOULD",
    "answer with the run that is asked for by its id, and no other",
    operationPointer(operations.listTaskRuns, "parameters"),
    ["listTaskRuns"],
  ],
  "list-runs/newest-first": [
    "SHOULD",
    "list the newest run first",
    "#/components/schemas/TaskRunsResponse/description",
    ["listTaskRuns"],
  ],
  "list-runs/none-unasked": [
    "SHOULD",
    "start a run for each create and each set-up that is answered with one, and none besides",
    `${operationPointer(operations.createSandbox)}/description`,
    ["listTaskRuns", "createSandbox", "setupSandbox"],
  ],
  "list-runs/once": ["SHOULD", "list each run once", operationPointer(operations.listTaskRuns), ["listTaskRuns"]],
  "list-runs/lists-recent": [
    "SHOULD",
    "list the runs that were started for an account last, as many as there is room for",
    operationPointer(operations.listTaskRuns, "parameters"),
    ["listTaskRuns", "createSandbox"],
  ],
  "account/foreign-untouched": [
    "MUST",
    "change nothing that an account keeps for a caller who cannot reach it",
    operationPointer(operations.updateSandboxSnapshot, "responses", "403"),
    ["updateSandboxSnapshot", "deleteSandboxes", "setupSandbox"],
  ],
  "account/unauthorized-untouched": [
    "MUST",
    "change nothing that an account keeps where it refuses a request for its credentials",
    operationPointer(operations.updateSandboxSnapshot, "responses", "401"),
    ["updateSandboxSnapshot", "deleteSandboxes", "uploadSandboxFiles"],
  ],
  "account/refusal-changes-nothing": [
    "SHOULD",
    "change nothing that an account keeps by a request that it refuses",
    operationPointer(operations.updateSandboxSnapshot, "responses", "400"),
    ["updateSandboxSnapshot", "deleteSandboxes", "uploadSandboxFiles"],
  ],
  "create/one-each": [
    "SHOULD",
    "make one sandbox for each create, for the account that it is for",
    operationPointer(operations.createSandbox),
    ["createSandbox", "listSandboxes"],
  ],
  "get-file/as-uploaded": [
    "SHOULD",
    "read each file as it was uploaded last, and none that was not",
    operationPointer(operations.getSandboxFile),
    ["getSandboxFile", "uploadSandboxFiles"],
  ],
  "get-file/own-repository": [
    "MUST",
    "read no file of another account's repository",
    operationPointer(operations.getSandboxFile),
    ["getSandboxFile", "uploadSandboxFiles"],
  ],
  "list/shows-files": [
    "SHOULD",
    "list an account with the files that were uploaded to its repository",
    "#/components/schemas/SandboxesResponse/properties/filetree",
    ["listSandboxes", "uploadSandboxFiles"],
  ],
  "setup/sets-account": [
    "SHOULD",
    "set the repository and the snapshot that the run of a set-up tells, for the account that it is for",
    operationPointer(operations.setupSandbox),
    ["setupSandbox", "listSandboxes", "listTaskRuns"],
  ],
  "update/accepts-valid": [
    "SHOULD",
    "accept each value of an account's snapshot and repository that keeps the rules, and no other",
    operationPointer(operations.updateSandboxSnapshot, "responses", "400"),
    ["updateSandboxSnapshot"],
  ],
  "upload/answers-committed": [
    "SHOULD",
    "answer an upload with each file that it has committed, or say which failed",
    "#/components/schemas/UploadSandboxFilesResponse/properties/uploaded",
    ["uploadSandboxFiles"],
  ],
  "delete/answers-deleted": [
    "SHOULD",
    "answer a deletion with the record as it was",
    "#/components/schemas/DeleteSandboxesResponse/properties/deleted_snapshot",
    ["deleteSandboxes"],
  ],
  "update/answers-stored": [
    "SHOULD",
    "answer an update with what was set, and with what was stored before where it sets nothing",
    `${kept}/snapshot_id`,
    ["updateSandboxSnapshot"],
  ],
  "update/expires": [
    "MAY",
    "let a snapshot that is set expire seven days later",
    `${kept}/expires_at`,
    ["updateSandboxSnapshot"],
  ],
  "delete/erases": [
    "SHOULD",
    "keep no snapshot, repository or file of an account whose sandboxes are deleted",
    operationPointer(operations.deleteSandboxes),
    ["deleteSandboxes", "listSandboxes", "getSandboxFile"],
  ],
} as const satisfies Readonly<Record<string, readonly [Requirement, string, string, readonly OperationId[]]>>;

type Slug = (typeof sentOperations)[OperationId]["slug"];
const shapes = ["answer-shape", "error-shape", "refusal-shape"] as const;

export type RecoupClauseId = (typeof clausesOfLaws)[number] | keyof typeof own | `${Slug}/${(typeof shapes)[number]}`;

const known = new Set<string>(clausesOfLaws);
const shapeTexts = {
  "answer-shape": "answer OPERATION with 200 and the documented body",
  "error-shape": "say why it refuses OPERATION in JSON, with the member error",
  "refusal-shape": "answer OPERATION to a stranger with a documented status and error body",
} as const;

/** The clauses of the model that no law states. */
export const clauses: readonly Clause[] = [
  ...Object.entries(own).map(([id, [requirement, statement, source, of]]): Clause => {
    return { id: `recoup/${id}`, requirement, statement, source, operations: of };
  }),
  ...(Object.keys(operations) as OperationId[]).flatMap((operation) =>
    shapes.flatMap((shape): Clause[] => {
      const id = `${sentOperations[operation].slug}/${shape}`;
      if (known.has(id)) return [];
      const statement = shapeTexts[shape].replace("OPERATION", operation);
      const source = operationPointer(operations[operation], "responses");
      return [{ id: `recoup/${id}`, requirement: "SHOULD", statement, source, operations: [operation] }];
    }),
  ),
];

/** Every id that a breach can be told by. */
export const clauseIds: ReadonlySet<string> = new Set([
  ...clauses.map(({ id }) => id),
  ...clausesOfLaws.map((id) => `recoup/${id}`),
]);

/** Names a clause that does not hold. */
export function wrong(clause: RecoupClauseId, reason: string, weight?: number): Deviation {
  return { clause: `recoup/${clause}`, reason, ...(weight === undefined ? {} : { weight }) };
}
