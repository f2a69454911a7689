import type { Answer, Call, Handler } from "../../kit/exchange.ts";
import type { Fault } from "../../kit/fault.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import { copyFiles } from "../../kit/shell/copy-files.ts";
import { neverMs, updateRecord } from "../../kit/table.ts";
import { checkpointTable } from "../checkpoint.ts";
import { ownerOf } from "../inside.ts";
import type { OpenComputerParts } from "../parts.ts";
import { sandboxTable } from "../sandbox.ts";
import { secretStoreTable } from "../secret-store.ts";
import { change, messageTable, shortHash, webhookTable } from "../webhook.ts";
import { alterDeliveries } from "../webhook-delivery.ts";

type Kept = Fault<OpenComputerParts>;
type Inner = Handler<OpenComputerParts>;

const contract = "opencomputer";

/** A fault that does something else where an operation is refused for this reason. */
export const whereRefused =
  (
    operations: readonly string[],
    rule: RegExp,
    instead: (call: Call, whole: OpenComputerParts, inner: Inner) => ReturnType<Inner>,
  ): Kept["wrap"] =>
  (parts, { fires }) =>
    wrapHandlers(parts, operations, (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      return rule.test(answer.reason?.rule ?? "") && fires(call.operation.id) ? instead(call, whole, inner) : answer;
    });

/** The same call by the organisation that something belongs to, if there is such a thing. */
export function asOwner(call: Call, ownerId: string | undefined): Call {
  const tenant = call.world.tenants.find((each) => each.contract === contract && each.id === ownerId);
  return tenant === undefined ? call : { ...call, tenant };
}

export const ownerOfSandbox = async ({ world, request }: Call) =>
  (await world.table(sandboxTable).get(request.params["id"]!))?.tenantId;

export const signedUrlStaysValid: Kept = {
  id: "signed-url-stays-valid",
  contract,
  summary: "gives and takes a file by a signed URL whose time is up",
  shows: "sign a URL for a second, wait, use it",
  wrap: whereRefused(["downloadFile", "uploadFile"], /^signed-url-expired$/, (call, whole, inner) =>
    inner({ ...call, nowMs: Number(call.request.query("expires")) * 1000 - 1 }, whole),
  ),
};

export const signatureUnchecked: Kept = {
  id: "signature-unchecked",
  contract,
  summary: "gives and takes a file by a signed URL with whatever signature",
  shows: "sign a URL, change its path, use it",
  wrap: whereRefused(["downloadFile", "uploadFile"], /^signed-url-signature$/, async (call, whole) => {
    const act = whole.handlers[call.operation.id === "downloadFile" ? "readFile" : "writeFile"]!;
    return act(asOwner(call, await ownerOfSandbox(call)), whole);
  }),
};

export const signsForStrangers: Kept = {
  id: "signs-for-strangers",
  contract,
  summary: "signs URLs of files of another organisation's sandbox",
  shows: "create as one organisation, ask for a URL as the other",
  wrap: whereRefused(["createDownloadUrl", "createUploadUrl"], /^sandbox-unknown$/, async (call, whole, inner) =>
    inner(asOwner(call, await ownerOfSandbox(call)), whole),
  ),
};

export const lockIgnored: Kept = {
  id: "scaling-lock-ignored",
  contract,
  summary: "scales a sandbox whose size is locked",
  shows: "create, lock, scale",
  wrap: whereRefused(["scaleSandbox"], /^scaling-locked$/, async (call, whole, inner) => {
    const setLock = (locked: boolean) => whole.handlers["setScalingLock"]!({ ...call, body: { locked } }, whole);
    await setLock(false);
    const answer = await inner(call, whole);
    await setLock(true);
    return answer;
  }),
};

export const forkSharesFiles: Kept = {
  id: "fork-has-later-files",
  contract,
  summary: "gives a fork the files that its sandbox has now, and not those of the checkpoint",
  shows: "write a file, checkpoint, write it again, fork, read it in the fork",
  wrap: (parts, { fires }) =>
    wrapHandlers(parts, ["forkCheckpoint"], (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      const { world, request } = call;
      const checkpoint = await world.table(checkpointTable).get(request.params["checkpointId"]!);
      const { sandboxID = "" } = (answer.json ?? {}) as { readonly sandboxID?: string };
      const made = await world.table(sandboxTable).get(sandboxID);
      if (checkpoint === undefined || made === undefined || !fires("forkCheckpoint")) return answer;
      await copyFiles(checkpoint.sandboxId, ownerOf(world, made));
      return answer;
    }),
};

export const strangersFork: Kept = {
  id: "other-tenant-can-fork",
  contract,
  summary: "lets an organisation make a sandbox of another's checkpoint",
  shows: "create and checkpoint as one organisation, fork as the other",
  wrap: whereRefused(["forkCheckpoint"], /^checkpoint-unknown$/, async (call, whole, inner) => {
    const publish = (isPublic: boolean) =>
      updateRecord(call.world.table(checkpointTable), call.request.params["checkpointId"]!, (record) => ({
        ...{ ...record, version: record.version + 1 },
        isPublic,
      }));
    await publish(true);
    const answer = await inner(call, whole);
    await publish(false);
    return answer;
  }),
};

export const secretTold: Kept = {
  id: "secret-told",
  contract,
  summary: "lists the secrets of a store with their values",
  shows: "set a secret, list the secrets",
  wrap: (parts, { fires }) => {
    const values = new Map<string, string>();
    const keeping = wrapHandlers(parts, ["setSecret"], (inner) => (call, whole) => {
      values.set(call.request.params["secretName"]!, (call.body as { readonly value: string }).value);
      return inner(call, whole);
    });
    return wrapHandlers(keeping, ["listSecrets"], (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      if (answer.status !== 200 || values.size === 0 || !fires("listSecrets")) return answer;
      const listed = answer.json as readonly { readonly name: string }[];
      return { ...answer, json: listed.map((each) => ({ ...each, value: values.get(each.name) })) };
    });
  },
};

export const secretStoresShared: Kept = {
  id: "other-tenant-reads-secret-store",
  contract,
  summary: "shows an organisation another's secret store by its id",
  shows: "make a secret store as one organisation, get it as the other",
  wrap: whereRefused(["getSecretStore", "listSecrets"], /^secret-store-unknown$/, async (call, whole, inner) => {
    const store = await call.world.table(secretStoreTable).get(call.request.params["storeId"]!);
    return inner(asOwner(call, store?.tenantId), whole);
  }),
};

export const webhooksShared: Kept = {
  id: "other-tenant-reads-webhook",
  contract,
  summary: "shows an organisation another's destination of events by its id, and the secret of it",
  shows: "register a destination as one organisation, get it as the other",
  wrap: whereRefused(["getWebhook", "getWebhookSecret"], /^webhook-unknown$/, async (call, whole, inner) => {
    const webhook = await call.world.table(webhookTable).get(call.request.params["webhookId"]!);
    return inner(asOwner(call, webhook?.tenantId), whole);
  }),
};

export const webhookSecretTold: Kept = {
  id: "webhook-secret-told",
  contract,
  summary: "shows the secret of a destination of events each time it is read",
  shows: "register a destination, get it",
  wrap: (parts, { fires }) =>
    wrapHandlers(parts, ["getWebhook"], (inner) => async (call, whole): Promise<Answer> => {
      const answer = await inner(call, whole);
      const webhook = await call.world.table(webhookTable).get(call.request.params["webhookId"]!);
      if (answer.status !== 200 || webhook === undefined || !fires("getWebhook")) return answer;
      return { ...answer, json: { ...(answer.json as object), secret: webhook.secret } };
    }),
};

export const redeliveredUnderNewId: Kept = {
  id: "redelivered-under-new-id",
  contract,
  summary: "delivers a message again under another id",
  shows: "register a destination, test it, redeliver the message, list the deliveries",
  wrap: (parts, { fires }) =>
    wrapHandlers(parts, ["redeliverWebhook"], (inner) => async (call, whole) => {
      const table = call.world.table(messageTable);
      const message = await table.get(call.request.params["messageId"]!);
      if (message === undefined || !fires("redeliverWebhook")) return inner(call, whole);
      const id = `msg_${shortHash(`${message.id} again`)}`;
      await table.insert({ ...message, id, version: 1, attempts: [], dueAtMs: call.nowMs, liveUntilMs: neverMs });
      return { status: 200, json: { ok: true } };
    }),
};

/** Registers a destination otherwise than it is told. */
const registeredOtherwise =
  (register: (call: Call, id: string, secret: string) => Promise<unknown> | undefined): Kept["wrap"] =>
  (parts, { fires }) =>
    wrapHandlers(parts, ["createWebhook"], (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      const { id = "", secret = "" } = (answer.json ?? {}) as { readonly id?: string; readonly secret?: string };
      if (answer.status === 201 && fires("createWebhook")) await register(call, id, secret);
      return answer;
    });

export const signedByOtherSecret: Kept = {
  id: "webhook-signed-by-other-secret",
  contract,
  summary: "signs deliveries by another secret than the one that it told",
  shows: "register a destination, verify what is delivered to it",
  wrap: registeredOtherwise(({ world }, id, secret) =>
    change(world, webhookTable, id, { secret: `whsec_${Buffer.from(shortHash(secret)).toString("base64")}` }),
  ),
};

export const secretDelivered: Kept = {
  id: "webhook-secret-delivered",
  contract,
  summary: "sends the secret of a destination with each delivery",
  shows: "register a destination, look at the headers of what is delivered to it",
  wrap: registeredOtherwise(({ world }, id, secret) =>
    change(world, webhookTable, id, { headers: { "x-webhook-secret": secret } }),
  ),
};

export const deliveredInMilliseconds: Kept = {
  id: "webhook-timestamp-in-milliseconds",
  contract,
  summary: "tells the time of a delivery in milliseconds",
  shows: "register a destination, look at svix-timestamp of what is delivered to it",
  wrap: registeredOtherwise(({ world }) => {
    alterDeliveries(world, ({ id }, { atMs }) => ({ id, timestamp: atMs }));
    return undefined;
  }),
};

export const deliveredUnderNewId: Kept = {
  id: "webhook-id-of-attempt",
  contract,
  summary: "gives a delivery an id of its own when it is made again",
  shows: "register a destination, test it, redeliver the message, look at svix-id",
  wrap: registeredOtherwise(({ world }) => {
    alterDeliveries(world, ({ id, timestamp }, { attempts }) => ({
      id: attempts === 0 ? id : `${id}_${attempts}`,
      timestamp,
    }));
    return undefined;
  }),
};
