import { operations } from "../../../generated/opencomputer/operations.ts";
import { operationPointer } from "../../kit/law/operation-pointer.ts";
import type { Requirement } from "../../kit/law/law.ts";
import type { Clause } from "../../kit/run/judged-contract.ts";
import { slugs } from "../operations.ts";
import type { OperationId } from "../operations.ts";

type Slug = (typeof slugs)[OperationId];
type SandboxSlug = Exclude<Slug, "create" | "list">;

/** Clauses that are told by the id of a law: who waives or chooses the law, waives or chooses the clause. */
export const clausesOfLaws = [
  "command-result/other-sandbox",
  "create/no-token-unasked",
  "create/own-token-told",
  "create/timeout-default",
  "create/timeout-fires",
  "create/timeout-hibernates",
  "create/timeout-never",
  "create/timeout-not-early",
  "create/token-hidden",
  "create/token-told",
  "create/unique-ids",
  "create-preview/broken-port",
  "create-preview/record",
  "create-preview/refusal-lists-nothing",
  "create-preview/same-port",
  "delete-preview/exact-port",
  "delete-preview/unlisted-port",
  "delete-pty/other-sandbox",
  "get/agrees-with-create",
  "get/foreign-untouched",
  "get/read-back",
  "get/shows-tags",
  "get/started-at-fixed",
  "get/started-at-kept",
  "get/started-at-now",
  "get-tags/kept-over-hibernation",
  "get-tags/none-at-first",
  "get-tags/read-back",
  "hibernate/hibernates",
  "hibernate/sleeps-on",
  "inside/activity",
  "inside/credentials-none",
  "kill/drops-previews",
  "kill/final",
  "kill/reads-stopped",
  "kill/stops",
  "kill-exec-session/other-sandbox",
  "list/agrees-with-get",
  "list/foreign",
  "list/newest-first",
  "list/read-back",
  "list/running-only",
  "list-previews/empty",
  "list-previews/kept-over-hibernation",
  "list-previews/read-back",
  "preview/activity",
  "preview/killed-serves-nothing",
  "preview/open",
  "preview/refusal-shape",
  "preview/strangers-wake-nothing",
  "preview/token-missing",
  "preview/token-own-header",
  "preview/token-survives-wake",
  "preview/token-wrong",
  "read-file/foreign",
  "read-file/kept-until-kill",
  "replace-tags/answers-new",
  "replace-tags/any-state",
  "replace-tags/broken-limits",
  "replace-tags/clears",
  "replace-tags/refusal-changes-nothing",
  "replace-tags/replaces-all",
  "restore-checkpoint/files-back",
  "restore-checkpoint/other-sandbox",
  "rotate-preview-token/new-each-time",
  "rotate-preview-token/new-token-works",
  "rotate-preview-token/old-token-dies",
  "rotate-preview-token/turns-gate-on",
  "run-command/foreign",
  "set-timeout/broken-timeout",
  "set-timeout/never",
  "set-timeout/replaces",
  "set-timeout/restarts",
  "wake/broken-body",
  "wake/refusal-wakes-nothing",
  "wake/runs-again",
  "wake/timeout-kept",
  "wake/timeout-replaced",
  "write-file/read-back",
] as const;

const tenants = "#/info/description";
const sandboxes = "#/tags/0/description";
const sandboxSchema = "#/components/schemas/Sandbox/properties";

const asDocumented = "answer with a documented status and body when it carries out an operation";

/** Clauses that no law states: id, level, statement, where it stands, operations. */
const own = {
  "create/notes-hidden": [
    "SHOULD",
    "show the metadata of a create in no answer",
    "#/components/schemas/CreateSandboxRequest/properties/metadata",
    ["createSandbox", "getSandbox", "listSandboxes"],
  ],
  "get/end-told": [
    "MAY",
    "tell when a sandbox stopped, the same each time, and the year 1 before it has",
    `${sandboxSchema}/endAt`,
    ["getSandbox", "listSandboxes"],
  ],
  "get/members-kept": [
    "SHOULD",
    "tell the same template of a sandbox each time it is read",
    `${sandboxSchema}/template`,
    ["getSandbox"],
  ],
  "get/sizes-kept": [
    "MAY",
    "tell the same cpuCount and memoryMB of a sandbox each time it is read",
    `${sandboxSchema}/memoryMB`,
    ["getSandbox"],
  ],
  "get-tags/time-kept": [
    "SHOULD",
    "tell the same tagsLastUpdatedAt until tags are replaced, in whole seconds, and null while there are none",
    "#/components/schemas/SandboxTags/properties/tagsLastUpdatedAt",
    ["getSandboxTags", "getSandbox"],
  ],
  "account/answer-shape": ["MAY", `${asDocumented} on an account`, operationPointer(operations.whoami), ["whoami"]],
  "inside/answer-shape": [
    "MAY",
    `${asDocumented} inside a sandbox`,
    operationPointer(operations.runCommand),
    ["runCommand", "readFile", "createExecSession"],
  ],
  "record/answer-shape": [
    "MAY",
    `${asDocumented} with webhooks and secret stores`,
    operationPointer(operations.listWebhooks),
    ["listWebhooks", "createWebhook", "createSecretStore"],
  ],
  "inside/foreign": [
    "MUST",
    "run and open nothing in another organisation's sandbox",
    operationPointer(operations.writeFile, "responses", "404"),
    ["writeFile", "listFiles", "createExecSession", "createPty"],
  ],
  "inside/when-stopped": [
    "SHOULD",
    "run no command and open no file of a sandbox that is stopped",
    operationPointer(operations.runCommand, "responses", "410"),
    ["runCommand", "readFile", "writeFile"],
  ],
  "list/once": ["SHOULD", "list each sandbox once", operationPointer(operations.listSandboxes), ["listSandboxes"]],
  "preview/unknown-serves-nothing": [
    "MAY",
    "let no request through to a sandbox that never was",
    "#/x-preview-gate/checks/0",
    ["getSandbox"],
  ],
  "sandbox/others-untouched": [
    "MUST",
    "stop no sandbox but the one that is to be killed",
    sandboxes,
    ["killSandbox", "getSandbox"],
  ],
  "sandbox/refusal-changes-nothing": [
    "SHOULD",
    "leave a sandbox as it was when it refuses an operation on it",
    sandboxes,
    ["hibernateSandbox", "setSandboxTimeout", "getSandbox"],
  ],
  "sandbox/unasked-change": [
    "MUST",
    "change the state of a sandbox by nothing but a request and its own timeout",
    sandboxes,
    ["getSandbox"],
  ],
  "sandbox/unauthorized-untouched": [
    "MUST",
    "leave a sandbox as it was when it refuses a request for its credentials",
    tenants,
    ["getSandbox", "killSandbox"],
  ],
} as const satisfies Readonly<
  Record<string, readonly [Requirement, string, string, readonly (keyof typeof operations)[]]>
>;

/** The clauses that a breach can be told by, without the name of the contract. */
export type ClauseId =
  | (typeof clausesOfLaws)[number]
  | keyof typeof own
  | `${Slug}/answer-shape`
  | `${Slug}/error-shape`
  | `${Slug}/refusal-shape`
  | `${Slug}/credentials-none`
  | `${SandboxSlug}/foreign`
  | `${SandboxSlug}/unknown-id`
  | `${SandboxSlug}/when-${"running" | "hibernated" | "stopped"}`;

/** The clauses of the model that no law states. */
export const clauses: readonly Clause[] = [
  ...Object.entries(own).map(([id, [requirement, statement, source, of]]) => ({
    ...{ id: `opencomputer/${id}`, requirement, statement, source },
    operations: of,
  })),
  ...(
    ["listSandboxes", "getSandbox", "killSandbox", "getSandboxTags", "replaceSandboxTags", "listPreviews"] as const
  ).map((operation): Clause => ({
    id: `opencomputer/${slugs[operation]}/error-shape`,
    requirement: "SHOULD",
    statement: `refuse ${operation} with a documented status and error body`,
    source: operationPointer(operations[operation], "responses"),
    operations: [operation],
  })),
  {
    id: "opencomputer/kill/when-hibernated",
    requirement: "SHOULD",
    statement: "answer killSandbox on a hibernated sandbox with 204",
    source: operationPointer(operations.killSandbox, "responses", "204"),
    operations: ["killSandbox"],
  },
];

const states = ["running", "hibernated", "stopped"] as const;

/** Every id that a breach can be told by. */
export const clauseIds: ReadonlySet<string> = new Set([
  ...clauses.map(({ id }) => id),
  ...clausesOfLaws.map((id) => `opencomputer/${id}`),
  ...Object.values(slugs).flatMap((slug) =>
    [
      "answer-shape",
      "error-shape",
      "refusal-shape",
      "credentials-none",
      "foreign",
      "unknown-id",
      ...states.map((state) => `when-${state}`),
    ].map((name) => `opencomputer/${slug}/${name}`),
  ),
]);
