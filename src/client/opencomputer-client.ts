import { operations as openComputerOperations } from "../../generated/opencomputer/operations.ts";
import type { operations, paths } from "../../generated/opencomputer/types.ts";
import { requireMembers, rules } from "../contract/caller-input.ts";
import { nothingSent, resolveOptions, type CallOptions, type ClientOptions } from "./client-options.ts";
import { createConnection } from "./connection.ts";
import { createSecretHeader } from "./credential.ts";
import type {
  CreatedOpenComputerSandbox,
  CreateOpenComputerSandbox,
  CreatePreview,
  HibernatedOpenComputerSandbox,
  OpenComputerSandbox,
  OpenComputerSandboxStatus,
  Preview,
  RotatedPreviewToken,
  SandboxTags,
  Tags,
  WakeOpenComputerSandbox,
  WokenOpenComputerSandbox,
} from "./opencomputer-types.ts";
import { createInside } from "./opencomputer-inside.ts";
import { createKept } from "./opencomputer-kept.ts";
import { createMachines } from "./opencomputer-machines.ts";
import { createUsage } from "./opencomputer-usage.ts";
import { createWebhooks } from "./opencomputer-webhooks.ts";
import { createPreviewFetch, type PreviewInit, type PreviewTarget } from "./preview-fetch.ts";
import { openComputerRepeatable } from "./repeatable.ts";
import { namesOf, waitForStatus, waitMembers, type WaitOptions } from "./waiting.ts";

/** Options of {@link createOpenComputerClient}. */
export type OpenComputerClientOptions = ClientOptions & {
  /** Sent as `X-API-Key`. */
  readonly apiKey: string;
  /**
   * Domain of preview host names where an answer names none, with a port if it is not the base URL's. Default:
   * `localhost` if the base URL is on this machine, else none.
   */
  readonly previewDomain?: string | undefined;
};

/** Statuses that a sandbox of OpenComputer never leaves. */
export const finalOpenComputerStatuses = ["stopped", "error", "failed"] as const satisfies OpenComputerSandboxStatus[];

const openComputerStatuses = namesOf<OpenComputerSandboxStatus>({
  running: true,
  hibernated: true,
  stopped: true,
  error: true,
  pending: true,
  migrating: true,
  failed: true,
});

/** What {@link createOpenComputerClient} creates. */
export type OpenComputerClient = ReturnType<typeof createOpenComputerClient>;

/**
 * Creates a client of an OpenComputer server. Its methods give the body of the answer and reject with an `ApiError`.
 *
 * Tokens in answers (`token`, `previewAuthToken`) are read by name; printing, JSON and spreading leave them out.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for options that cannot be used
 */
export function createOpenComputerClient(options: OpenComputerClientOptions) {
  const resolved = resolveOptions("createOpenComputerClient", options, {
    apiKey: rules.any, // judged below, in words of its own
    previewDomain: rules.text,
  });
  const { apiKey, previewDomain } = options;
  const credential = { secret: apiKey, header: createSecretHeader("apiKey", "x-api-key", apiKey) };
  const { call, raw } = createConnection<paths, operations>(resolved, credential, {
    operations: openComputerOperations,
    repeatable: openComputerRepeatable,
    answers: {
      createSandbox: "object",
      listSandboxes: "list",
      getSandbox: "object",
      killSandbox: "nothing",
      setSandboxTimeout: "nothing",
      hibernateSandbox: "object",
      wakeSandbox: "object",
      getSandboxTags: "object",
      replaceSandboxTags: "object",
      createPreview: "object",
      listPreviews: "list",
      deletePreview: "nothing",
      rotatePreviewToken: "object",
      runCommand: "object",
      startCommand: "object",
      getCommandResult: "object",
      createExecSession: "object",
      listExecSessions: "list",
      killExecSession: "nothing",
      readSandboxLogs: "bytes",
      readFile: "bytes",
      writeFile: "nothing",
      deleteFile: "nothing",
      listFiles: "list",
      makeDirectory: "nothing",
      createDownloadUrl: "object",
      createUploadUrl: "object",
      downloadFile: "bytes",
      uploadFile: "nothing",
      createCheckpoint: "object",
      listCheckpoints: "list",
      restoreCheckpoint: "object",
      deleteCheckpoint: "nothing",
      forkCheckpoint: "object",
      createCheckpointPatch: "object",
      listCheckpointPatches: "list",
      deleteCheckpointPatch: "nothing",
      publishCheckpoint: "object",
      unpublishCheckpoint: "object",
      createSnapshot: "object",
      listSnapshots: "list",
      getSnapshot: "object",
      deleteSnapshot: "nothing",
      createSnapshotPatch: "object",
      listSnapshotPatches: "list",
      deleteSnapshotPatch: "nothing",
      publishSnapshot: "object",
      unpublishSnapshot: "object",
      listImages: "list",
      createImagePatch: "object",
      listImagePatches: "list",
      deleteImagePatch: "nothing",
      createWebhook: "object",
      listWebhooks: "object",
      getWebhook: "object",
      updateWebhook: "object",
      deleteWebhook: "nothing",
      testWebhook: "object",
      getWebhookSecret: "object",
      listWebhookDeliveries: "object",
      getWebhookDelivery: "object",
      redeliverWebhook: "object",
      createPty: "object",
      resizePty: "nothing",
      deletePty: "nothing",
      rebootSandbox: "nothing",
      powerCycleSandbox: "nothing",
      scaleSandbox: "object",
      setLimits: "object",
      refreshSandboxToken: "object",
      getAutoscale: "object",
      setAutoscale: "object",
      getScalingLock: "object",
      setScalingLock: "object",
      getAllowedHosts: "object",
      getUsage: "object",
      getSandboxUsage: "object",
      listTagKeys: "object",
      whoami: "object",
      createSecretStore: "object",
      listSecretStores: "list",
      getSecretStore: "object",
      updateSecretStore: "object",
      deleteSecretStore: "nothing",
      listSecrets: "list",
      setSecret: "object",
      deleteSecret: "nothing",
    },
    ports: ["port"],
    tolerated: {},
    secretMembers: ["token", "previewAuthToken", "secret"],
    loadSchemas: async () => (await import("../../generated/opencomputer/schemas.ts")).operationSchemas,
  });
  const preview = createPreviewFetch(resolved, { previewDomain, secrets: [apiKey] });
  const get = (id: string, options?: CallOptions): Promise<OpenComputerSandbox> =>
    call("getSandbox", { path: { id } }, options);

  return {
    /**
     * The openapi-fetch client below: every path, `{ data, error, response }` instead of throwing for statuses, nothing
     * hidden or checked but the parameters. Credential, retries and time-outs are the same; `timeoutMs` may stand beside
     * `params`.
     */
    raw,
    /** Sandboxes, from their creation to their end. */
    sandboxes: {
      /** Makes a sandbox and gives it once it runs. Never sent twice. Building an `image` may need a longer time-out. */
      create: (body?: CreateOpenComputerSandbox, options?: CallOptions): Promise<CreatedOpenComputerSandbox> =>
        call("createSandbox", { body, secrets: [body?.previewAuth?.token] }, options),
      /** The running sandboxes, at most 100. */
      list: (options?: CallOptions): Promise<OpenComputerSandbox[]> => call("listSandboxes", {}, options),
      /** Reads one sandbox, stopped ones too. */
      get,
      /** Stops a sandbox for good; a stopped one too. */
      kill: (id: string, options?: CallOptions): Promise<void> => call("killSandbox", { path: { id } }, options),
      /** Sets the idle timeout in seconds, 0 for never. */
      setTimeout: (id: string, seconds: number, options?: CallOptions): Promise<void> =>
        call("setSandboxTimeout", { path: { id }, body: { timeout: seconds } }, options),
      /** Puts a sandbox to rest; one that hibernates already too. */
      hibernate: (id: string, options?: CallOptions): Promise<HibernatedOpenComputerSandbox> =>
        call("hibernateSandbox", { path: { id } }, options),
      /** Wakes a hibernated sandbox; any other is `NOT_FOUND`. Never sent twice. */
      wake: (id: string, body?: WakeOpenComputerSandbox, options?: CallOptions): Promise<WokenOpenComputerSandbox> =>
        call("wakeSandbox", { path: { id }, body }, options),
      /**
       * Waits until a sandbox is in one of `statuses`.
       *
       * @throws `ApiError` `TIMEOUT`, or `STATE_UNREACHABLE` once it is stopped, lost or failed instead
       */
      waitFor: async (
        id: string,
        statuses: OpenComputerSandboxStatus | readonly OpenComputerSandboxStatus[],
        options: WaitOptions = {},
      ): Promise<OpenComputerSandbox> => {
        requireMembers("getSandbox", options, waitMembers, nothingSent);
        return waitForStatus<OpenComputerSandbox, OpenComputerSandboxStatus>(
          {
            operation: "getSandbox",
            noun: `sandbox ${String(id)}`,
            read: (callOptions) => get(id, callOptions),
            statusOf: (sandbox) => sandbox.status,
            wanted: [statuses].flat(),
            known: openComputerStatuses,
            final: finalOpenComputerStatuses,
          },
          resolved,
          options,
        );
      },
    },
    /** Labels of a sandbox. */
    tags: {
      /** Reads all tags of a sandbox. */
      get: (id: string, options?: CallOptions): Promise<SandboxTags> =>
        call("getSandboxTags", { path: { id } }, options),
      /** Sets all tags of a sandbox: those not given are gone. */
      replace: (id: string, tags: Tags, options?: CallOptions): Promise<SandboxTags> =>
        call("replaceSandboxTags", { path: { id }, body: tags }, options),
    },
    /** Records of ports, and the token of the gate in front of all of them. */
    previews: {
      /** Lists a port. Reaching it needs no such record. */
      create: (id: string, body: CreatePreview, options?: CallOptions): Promise<Preview> =>
        call("createPreview", { path: { id }, body }, options),
      /** The listed ports of a sandbox, the lowest first. */
      list: (id: string, options?: CallOptions): Promise<Preview[]> => call("listPreviews", { path: { id } }, options),
      /** Takes a port off the list. It can be reached all the same. */
      delete: (id: string, port: number, options?: CallOptions): Promise<void> =>
        call("deletePreview", { path: { id, port } }, options),
      /** Makes a new preview token; the old one is refused from then on. Never sent twice. */
      rotateToken: (id: string, options?: CallOptions): Promise<RotatedPreviewToken> =>
        call("rotatePreviewToken", { path: { id } }, options),
    },
    ...createInside(call),
    ...createKept(call),
    ...createMachines(call),
    ...createUsage(call),
    ...createWebhooks(call),
    /**
     * Requests what listens on a port of a sandbox, at `sb-<id>-p<port>.<domain>`, showing the preview token. Statuses
     * are answers here, as with `fetch`: they are the application's own, or the gate's (401, 404, 410, 502).
     *
     * Names that do not resolve are looked for at the server's own address; Node never resolves those below `localhost`.
     * `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` count, but for names below `localhost`.
     * With a `fetch` of your own in the client's options, that is used, and finding the host is its business.
     *
     * @param sandbox - an answer to create, or its id and what else is known
     * @param port - the port inside the sandbox, 1 to 65535
     * @param path - what to ask for; of a URL or a `Request`, the part behind the host
     * @param init - as for `fetch`; goes before what a `Request` says. Redirects are handed back unless it says otherwise
     * @throws `ApiError` `NETWORK`, `TIMEOUT` (no headers within the client's `timeoutMs`) or `ABORTED`
     */
    previewFetch: async (
      sandbox: PreviewTarget | string,
      port: number,
      path: string | URL | Request = "/",
      init?: PreviewInit | Request,
    ): Promise<Response> =>
      preview.fetch(typeof sandbox === "string" ? { sandboxID: sandbox } : (sandbox ?? {}), port, path, init),
    /** Closes the connections that `previewFetch` holds. Nothing else needs closing. */
    close: (): Promise<void> => preview.close(),
    /** The same at the end of a block: `await using client = …`. */
    [Symbol.asyncDispose]: (): Promise<void> => preview.close(),
  };
}
