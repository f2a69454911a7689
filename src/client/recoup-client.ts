import { operations as recoupOperations } from "../../generated/recoup/operations.ts";
import type { operations, paths } from "../../generated/recoup/types.ts";
import { type MemberRule, type MemberRules, requireMembers, rules } from "../contract/caller-input.ts";
import { ContractError } from "../contract/contract-error.ts";
import { listIn } from "./answer-body.ts";
import { ApiError } from "./api-error.ts";
import { nothingSent, resolveOptions, type CallOptions, type ClientOptions } from "./client-options.ts";
import { assertRunnable, commandResultOf, finalRecoupRunStatuses, runIdOf, type CommandResult } from "./command-run.ts";
import { createConnection } from "./connection.ts";
import { createSecretHeader } from "./credential.ts";
import { assertGiven } from "./parameters.ts";
import {
  seenRecoupSandboxStatuses,
  type AccountSnapshot,
  type CommandOrPrompt,
  type CreatedRecoupSandbox,
  type CreateRecoupSandbox,
  type DeletedRecoupSandboxes,
  type DeleteRecoupSandboxes,
  type ListRecoupSandboxes,
  type ListTaskRuns,
  type NoOther,
  type RecoupAccount,
  type RecoupFile,
  type RecoupSandbox,
  type RecoupSandboxList,
  type RecoupSandboxStatus,
  type StartedSetup,
  type TaskRun,
  type TaskRunList,
  type TaskRunStatus,
  type UpdateRecoupSnapshot,
  type UploadedRecoupFiles,
  type UploadRecoupFiles,
} from "./recoup-types.ts";
import { recoupRepeatable } from "./repeatable.ts";
import { namesOf, waitForStatus, waitMembers, type WaitOptions } from "./waiting.ts";

/** Options of {@link createRecoupClient}: exactly one of the two credentials. */
export type RecoupClientOptions = ClientOptions &
  (
    | {
        /** Sent as `x-api-key`. */
        readonly apiKey: string;
        /** Not together with `apiKey`. */
        readonly bearerToken?: undefined;
      }
    | {
        /** Sent as `Authorization: Bearer`. */
        readonly bearerToken: string;
        /** Not together with `bearerToken`. */
        readonly apiKey?: undefined;
      }
  );

/** How to wait for a sandbox or run of Recoup, and whose it is. */
export type RecoupWaitOptions = WaitOptions & RecoupAccount;

/** How to wait for a run of Recoup, and for what. */
export type TaskRunWaitOptions = RecoupWaitOptions & {
  /** Statuses to wait for. Default: all that are final, {@link finalRecoupRunStatuses}. */
  readonly statuses?: OneOrMore<TaskRunStatus> | undefined;
};

/** Statuses that a sandbox of Recoup never leaves. */
export const finalRecoupSandboxStatuses = ["stopped", "failed", "aborted"] as const satisfies RecoupSandboxStatus[];

const accountMembers = { account_id: rules.any } as const satisfies MemberRules<RecoupAccount>; // judged by the server
const oneOrMore: MemberRule = [
  "a status, or a list of them",
  (value) => typeof value === "string" || Array.isArray(value),
];

const recoupSandboxStatuses = namesOf<RecoupSandboxStatus>({
  pending: true,
  running: true,
  stopping: true,
  stopped: true,
  failed: true,
  snapshotting: true,
  aborted: true,
});

const taskRunStatuses = namesOf<TaskRunStatus>({
  PENDING_VERSION: true,
  DELAYED: true,
  QUEUED: true,
  DEQUEUED: true,
  EXECUTING: true,
  WAITING: true,
  REATTEMPTING: true,
  FROZEN: true,
  COMPLETED: true,
  CANCELED: true,
  FAILED: true,
  CRASHED: true,
  INTERRUPTED: true,
  SYSTEM_FAILURE: true,
  EXPIRED: true,
  TIMED_OUT: true,
});

/** What {@link createRecoupClient} creates. */
export type RecoupClient = ReturnType<typeof createRecoupClient>;

/**
 * Creates a client of a Recoup server. Its methods give the body of the answer and reject with an {@link ApiError}.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for options that cannot be used
 */
export function createRecoupClient(options: RecoupClientOptions) {
  const resolved = resolveOptions<RecoupClientOptions>("createRecoupClient", options, {
    apiKey: rules.any, // judged below, in words of its own
    bearerToken: rules.any,
  });
  const { call, raw } = createConnection<paths, operations>(resolved, credentialOf(options), {
    operations: recoupOperations,
    repeatable: recoupRepeatable,
    answers: {
      createSandbox: "object",
      listSandboxes: "object",
      updateSandboxSnapshot: "object or null",
      deleteSandboxes: "object",
      setupSandbox: "object",
      getSandboxFile: "object",
      uploadSandboxFiles: "object",
      listTaskRuns: "object",
      getAccountId: "object",
    },
    ports: [],
    tolerated: { sandboxStatus: seenRecoupSandboxStatuses },
    secretMembers: [],
    loadSchemas: async () => (await import("../../generated/recoup/schemas.ts")).operationSchemas,
  });

  const create = async (body: object, options?: CallOptions): Promise<CreatedRecoupSandbox> => {
    const answer = await call("createSandbox", { body }, options);
    if (listIn("createSandbox", answer, "sandboxes").length === 1) return answer as CreatedRecoupSandbox;
    const message = "the answer breaks the contract at /sandboxes: a create makes one sandbox";
    throw new ApiError("INVALID_ANSWER", message, { operation: "createSandbox", pointer: "/sandboxes" });
  };
  const getSandbox = async (
    sandboxId: string,
    account: RecoupAccount = {},
    options?: CallOptions,
  ): Promise<RecoupSandbox> => {
    requireMembers("listSandboxes", account, accountMembers, nothingSent);
    assertGiven("listSandboxes", "sandboxId", sandboxId); // without it, the list is that of all
    const list = await call("listSandboxes", { query: { ...account, sandbox_id: sandboxId } }, options);
    const sandboxes = listIn<RecoupSandbox>("listSandboxes", list, "sandboxes");
    return sandboxes.find((one) => one.sandboxId === sandboxId) ?? notFound("listSandboxes", "sandbox", sandboxId);
  };
  const getRun = async (runId: string, account: RecoupAccount = {}, options?: CallOptions): Promise<TaskRun> => {
    requireMembers("listTaskRuns", account, accountMembers, nothingSent);
    assertGiven("listTaskRuns", "runId", runId); // without it, the list is that of all
    const list = await call("listTaskRuns", { query: { ...account, runId } }, options);
    return listIn<TaskRun>("listTaskRuns", list, "runs")[0] ?? notFound("listTaskRuns", "run", runId);
  };
  const waitForRun = async (
    runId: string,
    options: TaskRunWaitOptions = {},
    noun = `run ${String(runId)}`,
  ): Promise<TaskRun> => {
    requireMembers("listTaskRuns", options, { ...waitMembers, ...accountMembers, statuses: oneOrMore }, nothingSent);
    const { statuses = finalRecoupRunStatuses, account_id, ...rest } = options;
    return waitForStatus<TaskRun, TaskRunStatus>(
      {
        operation: "listTaskRuns",
        noun,
        read: (callOptions) => getRun(runId, { account_id }, callOptions),
        statusOf: (run) => run.status,
        wanted: typeof statuses === "string" ? [statuses] : statuses,
        known: taskRunStatuses,
        final: finalRecoupRunStatuses,
      },
      resolved,
      { ...rest, intervalMs: rest.intervalMs ?? 3000 },
    );
  };

  return {
    /**
     * The openapi-fetch client below: every path, `{ data, error, response }` instead of throwing for statuses, nothing
     * hidden or checked but the parameters. Credential, retries and time-outs are the same; `timeoutMs` may stand beside
     * `params`.
     */
    raw,
    /** Sandboxes, and what an account keeps for its next one. */
    sandboxes: {
      /** Makes a sandbox. Never sent twice. The answer's `sandboxes` holds the new one alone. */
      create: <Given extends CreateRecoupSandbox>(
        body?: CreateRecoupSandbox & Given & CommandOrPrompt<Given> & NoOther<Given>,
        options?: CallOptions,
      ): Promise<CreatedRecoupSandbox> => create(body ?? {}, options),
      /**
       * Makes a sandbox with a command or prompt, waits until that has ended, and gives its exit code and output. A command
       * that ends with another code than 0 is no error, nor is a run that fails: see `status`.
       *
       * @throws {@link ApiError} whatever {@link create} and the wait reject with; `TIMEOUT` leaves the command running, and
       *   its `wait` names run and sandbox. Default of `timeoutMs` here: 900,000, as long as a server lets a command run
       */
      runCommand: async <Given extends CreateRecoupSandbox>(
        body: CreateRecoupSandbox & Given & CommandOrPrompt<Given> & NoOther<Given>,
        options: WaitOptions = {},
      ): Promise<CommandResult> => {
        assertRunnable(body ?? {});
        requireMembers("runCommand", options, waitMembers, nothingSent);
        const { signal, timeoutMs = commandMsMax } = options;
        const [sandbox] = (await create(body, { signal })).sandboxes;
        const runId = runIdOf(sandbox);
        const { account_id } = body as RecoupAccount;
        const noun = `run ${runId} of sandbox ${sandbox.sandboxId}`;
        return commandResultOf(sandbox, await waitForRun(runId, { ...options, timeoutMs, account_id }, noun));
      },
      /** The sandboxes of an account, newest first, stopped ones too. */
      list: (query: ListRecoupSandboxes = {}, options?: CallOptions): Promise<RecoupSandboxList> =>
        call("listSandboxes", { query }, options),
      /** Reads one sandbox; rejects with `NOT_FOUND` (and no status: the API answers an empty list). */
      get: getSandbox,
      /** Sets the snapshot or repository of an account, and gives what is stored: null for nothing. */
      updateSnapshot: (body: UpdateRecoupSnapshot, options?: CallOptions): Promise<AccountSnapshot | null> =>
        call("updateSandboxSnapshot", { body }, options),
      /**
       * Deletes the account's repository and snapshot record for good. Its sandboxes run on. An `account_id` that is there
       * and `undefined` is refused: it would be the caller's own account that loses everything.
       */
      deleteAll: async (body: DeleteRecoupSandboxes = {}, options?: CallOptions): Promise<DeletedRecoupSandboxes> => {
        if (Object.hasOwn(body, "account_id")) assertGiven("deleteSandboxes", "account_id", body.account_id);
        return call("deleteSandboxes", { body }, options);
      },
      /** Starts the run that sets an account up. Never sent twice. */
      setup: (body: RecoupAccount = {}, options?: CallOptions): Promise<StartedSetup> =>
        call("setupSandbox", { body }, options),
      /**
       * Waits until a sandbox is in one of `statuses`.
       *
       * @throws {@link ApiError} `TIMEOUT`, or `STATE_UNREACHABLE` once it is stopped, failed or aborted instead
       */
      waitFor: async (
        id: string,
        statuses: OneOrMore<RecoupSandboxStatus>,
        options: RecoupWaitOptions = {},
      ): Promise<RecoupSandbox> => {
        requireMembers("listSandboxes", options, { ...waitMembers, ...accountMembers }, nothingSent);
        const { account_id, ...rest } = options;
        return waitForStatus<RecoupSandbox, RecoupSandboxStatus>(
          {
            operation: "listSandboxes",
            noun: `sandbox ${String(id)}`,
            read: (callOptions) => getSandbox(id, { account_id }, callOptions),
            statusOf: (sandbox) => sandbox.sandboxStatus,
            wanted: [statuses].flat(),
            known: recoupSandboxStatuses,
            final: finalRecoupSandboxStatuses,
          },
          resolved,
          rest,
        );
      },
    },
    /** Files of the account's repository. */
    files: {
      /** Reads a file of the account's repository; base64 where the answer has `encoding`. */
      read: (path: string, options?: CallOptions): Promise<RecoupFile> =>
        call("getSandboxFile", { query: { path } }, options),
      /** Has the server fetch files and commit them. Never sent twice. Some may fail: see `errors` in the answer. */
      upload: (body: UploadRecoupFiles, options?: CallOptions): Promise<UploadedRecoupFiles> =>
        call("uploadSandboxFiles", { body }, options),
    },
    /** The account that the credential belongs to. */
    accounts: {
      /** Reads its id, as `account_id` names it elsewhere. */
      id: async (options?: CallOptions): Promise<string> => (await call("getAccountId", {}, options)).accountId,
    },
    /** Background runs: of commands, prompts and set-ups. */
    runs: {
      /** The recent runs of an account, newest first, without their output. */
      list: (query: ListTaskRuns = {}, options?: CallOptions): Promise<TaskRunList> =>
        call("listTaskRuns", { query }, options),
      /** Reads one run, output included; rejects with `NOT_FOUND`. */
      get: getRun,
      /**
       * Waits until a run is in one of `statuses`, by default until it has ended, well or not: look at its status. Looks
       * every 3 seconds unless told otherwise.
       *
       * @throws {@link ApiError} `TIMEOUT`, or `STATE_UNREACHABLE` once it has ended in another status
       */
      waitFor: (id: string, options?: TaskRunWaitOptions): Promise<TaskRun> => waitForRun(id, options),
    },
  };
}

type OneOrMore<Value> = Value | readonly Value[];

/** How long a command may run on the server. */
const commandMsMax = 900_000;

function credentialOf({ apiKey, bearerToken }: RecoupClientOptions) {
  if ((apiKey === undefined) === (bearerToken === undefined)) {
    throw new ContractError("CONFIG_INVALID", "give exactly one of apiKey and bearerToken: the server refuses both");
  }
  return bearerToken === undefined
    ? { secret: apiKey, header: createSecretHeader("apiKey", "x-api-key", apiKey) }
    : { secret: bearerToken, header: createSecretHeader("bearerToken", "authorization", bearerToken, "Bearer") };
}

function notFound(operation: string, noun: string, id: string): never {
  const message = `there is no ${noun} ${JSON.stringify(id)} of this account`;
  throw new ApiError("NOT_FOUND", message, { operation });
}
