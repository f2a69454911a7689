import { operations as recoupOperations } from "../../generated/recoup/operations.ts";
import type { components, operations, paths } from "../../generated/recoup/types.ts";
import { ContractError } from "../contract/contract-error.ts";
import { ApiError } from "./api-error.ts";
import { resolveOptions, type CallOptions, type ClientOptions } from "./client-options.ts";
import { createConnection } from "./connection.ts";
import { createSecretHeader } from "./credential.ts";
import type { Query, RequestBody } from "./operation-types.ts";
import { recoupRepeatable } from "./repeatable.ts";
import { waitFor, type WaitOptions } from "./waiting.ts";

/** The component schemas of the Recoup contract by name. */
export type RecoupSchemas = components["schemas"];

type Sandbox = RecoupSchemas["Sandbox"];
type Run = RecoupSchemas["TaskRun"];
type Body<Id extends keyof operations> = RequestBody<operations[Id]>;

/** Options of {@link createRecoupClient}: exactly one of the two credentials. */
export type RecoupClientOptions = ClientOptions &
  (
    | { /** Sent as `x-api-key`. */ readonly apiKey: string; readonly bearerToken?: never }
    | { /** Sent as `Authorization: Bearer`. */ readonly bearerToken: string; readonly apiKey?: never }
  );

/** Statuses that a sandbox of Recoup never leaves. */
export const finalRecoupSandboxStatuses = ["stopped", "failed"] as const satisfies readonly Sandbox["sandboxStatus"][];
/** Statuses of a run that has ended, well or not. */
export const finalRecoupRunStatuses = [
  "COMPLETED",
  "CANCELED",
  "FAILED",
  "CRASHED",
  "INTERRUPTED",
  "SYSTEM_FAILURE",
  "EXPIRED",
  "TIMED_OUT",
] as const satisfies readonly Run["status"][];

/** What {@link createRecoupClient} creates. */
export type RecoupClient = ReturnType<typeof createRecoupClient>;

/**
 * Creates a client of a Recoup server. Its methods give the body of the answer and reject with an {@link ApiError}.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for options that cannot be used
 */
export function createRecoupClient(options: RecoupClientOptions) {
  const resolved = resolveOptions(options);
  const { call, raw } = createConnection<paths, operations>(resolved, credentialOf(options), {
    operations: recoupOperations,
    repeatable: recoupRepeatable,
    secretMembers: [],
    loadSchemas: async () => (await import("../../generated/recoup/schemas.ts")).operationSchemas,
  });

  /** Reads one sandbox of an account, by default the caller's own. The API has a list only: this asks it for one id. */
  const getSandbox = async (sandboxId: string, query: { account_id?: string } = {}, options?: CallOptions) => {
    if (sandboxId === "") throw notFound("listSandboxes", "sandbox", sandboxId); // would list them all
    const list = await call("listSandboxes", { query: { ...query, sandbox_id: sandboxId } }, options);
    const sandbox = list.sandboxes.find((one) => one.sandboxId === sandboxId);
    if (sandbox === undefined) throw notFound("listSandboxes", "sandbox", sandboxId);
    return sandbox;
  };
  const getRun = async (runId: string, options?: CallOptions) => {
    if (runId.trim() === "") throw notFound("listTaskRuns", "run", runId); // would list them all
    const { runs } = await call("listTaskRuns", { query: { runId } }, options);
    if (runs[0] === undefined) throw notFound("listTaskRuns", "run", runId);
    return runs[0];
  };

  return {
    /**
     * The openapi-fetch client below: every path, `{ data, error, response }` instead of throwing for statuses, nothing
     * hidden or checked. Credential, retries and time-outs are the same; `timeoutMs` may stand beside `params`.
     */
    raw,
    sandboxes: {
      /** Makes a sandbox. Never sent twice. The answer's `sandboxes` holds the new one alone. */
      create: async (body: Body<"createSandbox"> = {}, options?: CallOptions) =>
        (await call("createSandbox", { body }, options)) as CreatedRecoupSandbox,
      list: (query: Query<operations["listSandboxes"]> = {}, options?: CallOptions) =>
        call("listSandboxes", { query }, options),
      /** Reads one sandbox; rejects with `NOT_FOUND` (and no status: the API answers an empty list). */
      get: getSandbox,
      updateSnapshot: (body: Body<"updateSandboxSnapshot">, options?: CallOptions) =>
        call("updateSandboxSnapshot", { body }, options),
      /** Deletes the account's repository and snapshot record for good. Its sandboxes run on. */
      deleteAll: (body: Body<"deleteSandboxes"> = {}, options?: CallOptions) =>
        call("deleteSandboxes", { body }, options),
      /** Starts the run that sets an account up. Never sent twice. */
      setup: (body: Body<"setupSandbox"> = {}, options?: CallOptions) => call("setupSandbox", { body }, options),
      /**
       * Waits until a sandbox of the caller's own account is in one of `statuses`.
       *
       * @throws {@link ApiError} `DEADLINE_EXCEEDED`, or `STATE_UNREACHABLE` once it is stopped or failed instead
       */
      waitForStatus: (id: string, statuses: OneOrMore<Sandbox["sandboxStatus"]>, options?: WaitOptions) =>
        waitFor(
          {
            operation: "listSandboxes",
            noun: `sandbox ${id}`,
            read: (callOptions) => getSandbox(id, {}, callOptions),
            statusOf: (sandbox) => sandbox.sandboxStatus,
            wanted: [statuses].flat(),
            final: finalRecoupSandboxStatuses,
          },
          resolved,
          options,
        ),
    },
    files: {
      /** Reads a file of the account's repository; base64 where the answer has `encoding`. */
      read: (path: string, options?: CallOptions) => call("getSandboxFile", { query: { path } }, options),
      /** Has the server fetch files and commit them. Never sent twice. Some may fail: see `errors` in the answer. */
      upload: (body: Body<"uploadSandboxFiles">, options?: CallOptions) =>
        call("uploadSandboxFiles", { body }, options),
    },
    runs: {
      list: (query: Omit<Query<operations["listTaskRuns"]>, "runId"> = {}, options?: CallOptions) =>
        call("listTaskRuns", { query }, options),
      /** Reads one run, output included; rejects with `NOT_FOUND`. */
      get: getRun,
      /**
       * Waits until a run is in one of `statuses`, by default until it has ended, well or not: look at its status. Looks
       * every 3 seconds unless told otherwise.
       *
       * @throws {@link ApiError} `DEADLINE_EXCEEDED`, or `STATE_UNREACHABLE` once it has ended in another status
       */
      waitForRun: (
        id: string,
        {
          statuses = finalRecoupRunStatuses,
          ...options
        }: WaitOptions & { readonly statuses?: OneOrMore<Run["status"]> } = {},
      ) =>
        waitFor(
          {
            operation: "listTaskRuns",
            noun: `run ${id}`,
            read: (callOptions) => getRun(id, callOptions),
            statusOf: (run) => run.status,
            wanted: [statuses].flat(),
            final: finalRecoupRunStatuses,
          },
          resolved,
          { intervalMs: 3000, ...options },
        ),
    },
  };
}

type OneOrMore<Value> = Value | readonly Value[];

/** The answer to a create, with the one sandbox that the contract promises. */
export type CreatedRecoupSandbox = Omit<RecoupSchemas["CreateSandboxResponse"], "sandboxes"> & {
  sandboxes: [Sandbox];
};

function credentialOf({ apiKey, bearerToken }: RecoupClientOptions) {
  if ((apiKey === undefined) === (bearerToken === undefined)) {
    throw new ContractError("CONFIG_INVALID", "give exactly one of apiKey and bearerToken: the server refuses both");
  }
  return bearerToken === undefined
    ? { secret: apiKey, header: createSecretHeader("apiKey", "x-api-key", apiKey) }
    : { secret: bearerToken, header: createSecretHeader("bearerToken", "authorization", bearerToken, "Bearer") };
}

function notFound(operation: string, noun: string, id: string): ApiError {
  const message = `there is no ${noun} ${JSON.stringify(id)} of this account`;
  return new ApiError("NOT_FOUND", message, { operation });
}
