import { operations } from "../../../generated/recoup/operations.ts";
import { operationPointer } from "../../kit/law/operation-pointer.ts";
import type { Requirement } from "../../kit/law/law.ts";
import type { Clause } from "../../kit/run/judge-recording.ts";
import type { Deviation } from "../../kit/model/contract-model.ts";

export type OperationId = keyof typeof operations;

/** The part of a clause's id that names its operation. */
export const slugs = {
  createSandbox: "create",
  listSandboxes: "list",
  updateSandboxSnapshot: "update",
  deleteSandboxes: "delete",
  setupSandbox: "setup",
  getSandboxFile: "get-file",
  uploadSandboxFiles: "upload",
  listTaskRuns: "list-runs",
  getAccountId: "account-id",
} as const satisfies Record<OperationId, string>;

/** Clauses that are told by the id of a law. */
export const clausesOfLaws = [
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
  "list/no-run-id",
  "list/read-back",
  "list/refusal-shape",
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
  "list/keeps-what-was-set": [
    "SHOULD",
    "list an account with the snapshot and the repository that were set last",
    "#/components/schemas/SandboxesResponse/properties/snapshot_id",
    ["listSandboxes", "updateSandboxSnapshot"],
  ],
  "list-runs/times-fixed": [
    "SHOULD",
    "tell the same createdAt, startedAt and finishedAt of a run each time it is read",
    `${run}/createdAt`,
    ["listTaskRuns"],
  ],
  "list-runs/times-in-order": [
    "SHOULD",
    "tell that a run was created before it began, and began before it ended",
    `${run}/finishedAt`,
    ["listTaskRuns"],
  ],
  "list-runs/once": ["SHOULD", "list each run once", operationPointer(operations.listTaskRuns), ["listTaskRuns"]],
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
    "keep no snapshot and no repository of an account whose sandboxes are deleted",
    operationPointer(operations.deleteSandboxes),
    ["deleteSandboxes", "listSandboxes"],
  ],
} as const satisfies Readonly<Record<string, readonly [Requirement, string, string, readonly OperationId[]]>>;

type Slug = (typeof slugs)[OperationId];
const shapes = ["answer-shape", "error-shape", "refusal-shape"] as const;

export type ClauseId = (typeof clausesOfLaws)[number] | keyof typeof own | `${Slug}/${(typeof shapes)[number]}`;

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
  ...(Object.keys(slugs) as OperationId[]).flatMap((operation) =>
    shapes.flatMap((shape): Clause[] => {
      const id = `${slugs[operation]}/${shape}`;
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
export function wrong(clause: ClauseId, reason: string, weight?: number): Deviation {
  return { clause: `recoup/${clause}`, reason, ...(weight === undefined ? {} : { weight }) };
}
