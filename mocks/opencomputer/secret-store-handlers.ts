import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Handler, Outcome } from "../kit/exchange.ts";
import { neverMs, updateRecord } from "../kit/table.ts";
import { formatTime, refuse, refuseUnknown } from "./answers.ts";
import { findSandbox, type OpenComputerParts } from "./parts.ts";
import { deleteStore, listStores, type SecretStoreRecord, secretStoreTable, viewStore } from "./secret-store.ts";

type Schemas = components["schemas"];

export const createSecretStore: Handler<OpenComputerParts> = async ({ world, tenant, nowMs, body }) => {
  const { name, egressAllowlist = [] } = body as Schemas["SecretStoreRequest"];
  if ((await listStores(world, tenant.id)).some((each) => each.name === name)) {
    const reason = { rule: "secret-store-taken", message: "delete the one of that name, or take another" };
    return refuse(409, "secret store name already exists", { ...reason, pointer: "/name" });
  }
  const record: SecretStoreRecord = {
    ...{ id: world.random.uuid(), tenantId: tenant.id, version: 1, createdAtMs: nowMs, liveUntilMs: neverMs },
    ...{ name, egressAllowlist, updatedAtMs: nowMs, secrets: {} },
  };
  await world.table(secretStoreTable).insert(record);
  return { status: 201, json: viewStore(record) };
};

export const listSecretStores: Handler<OpenComputerParts> = async ({ world, tenant }) => {
  return { status: 200, json: (await listStores(world, tenant.id)).map(viewStore) };
};

async function findStore({ world, tenant, request }: Call): Promise<Outcome<SecretStoreRecord>> {
  const record = await world.table(secretStoreTable).get(request.params["storeId"]!);
  const isIts = record?.tenantId === tenant.id && record.liveUntilMs > 0;
  return isIts ? { value: record } : { refusal: refuseStore("secret store not found") };
}

function refuseStore(error: string): Answer {
  const message = "no secret store of this organisation has that id, or it has no such secret";
  return refuse(404, error, { rule: "secret-store-unknown", message });
}

/** Does it with the store that the path names. */
function onStore(act: (call: Call, store: SecretStoreRecord) => Answer | Promise<Answer>): Handler<OpenComputerParts> {
  return async (call) => {
    const found = await findStore(call);
    return "refusal" in found ? found.refusal : act(call, found.value);
  };
}

async function change({ world, nowMs }: Call, id: string, members: (store: SecretStoreRecord) => object) {
  const changed = await updateRecord(world.table(secretStoreTable), id, (store) => ({
    ...{ ...store, version: store.version + 1, updatedAtMs: nowMs },
    ...members(store),
  }));
  return changed!;
}

export const getSecretStore = onStore((_, store) => ({ status: 200, json: viewStore(store) }));

export const updateSecretStore = onStore(async (call, { id }) => {
  const { name, egressAllowlist } = call.body as Schemas["UpdateSecretStoreRequest"];
  const changed = await change(call, id, () => ({
    ...(name === undefined ? {} : { name }),
    ...(egressAllowlist === undefined ? {} : { egressAllowlist }),
  }));
  return { status: 200, json: viewStore(changed) };
});

export const deleteSecretStore = onStore(async (call, { id }) => {
  await deleteStore(call.world, id);
  return { status: 204 };
});

export const listSecrets = onStore((_, { id: storeId, secrets }) => {
  const json = Object.entries(secrets).map(([name, { id, allowedHosts, createdAtMs, updatedAtMs }]) => {
    const times = { createdAt: formatTime(createdAtMs), updatedAt: formatTime(updatedAtMs) };
    return { id, storeId, name, allowedHosts: [...allowedHosts], ...times };
  });
  return { status: 200, json };
});

export const setSecret = onStore(async (call, { id }) => {
  const { world, nowMs, request } = call;
  const name = request.params["secretName"]!;
  const { allowedHosts = [] } = call.body as Schemas["SecretRequest"];
  // The value is not kept: the mock sends nothing anywhere, and what is not there cannot leak.
  const fresh = { id: world.random.uuid(), sealed: `osb_sealed_${world.random.hex(32)}`, createdAtMs: nowMs };
  await change(call, id, ({ secrets }) => {
    const { createdAtMs, id: secretId } = Object.hasOwn(secrets, name) ? secrets[name]! : fresh;
    const secret = { ...fresh, id: secretId, createdAtMs, allowedHosts, updatedAtMs: nowMs };
    return { secrets: { ...secrets, [name]: secret } };
  });
  return { status: 200, json: { name, status: "set" } };
});

export const deleteSecret = onStore(async (call, { id, secrets }) => {
  const name = call.request.params["secretName"]!;
  if (!Object.hasOwn(secrets, name)) return refuseStore("secret not found");
  await change(call, id, (store) => {
    const { [name]: _gone, ...left } = store.secrets;
    return { secrets: left };
  });
  return { status: 204 };
});

export const getAllowedHosts: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findSandbox(call, parts);
  if (found === undefined) return refuseUnknown();
  const { id: sandboxID, secretStoreId } = found.record;
  const store = secretStoreId === undefined ? undefined : await call.world.table(secretStoreTable).get(secretStoreId);
  const perSecret = Object.entries(store?.secrets ?? {}).map(([name, { allowedHosts }]) => [name, allowedHosts]);
  const json = {
    sandboxID,
    ...(store === undefined ? {} : { secretStore: store.name }),
    egressAllowlist: store?.egressAllowlist ?? [],
    perSecretAllowedHosts: Object.fromEntries(perSecret) as Record<string, string[]>,
  };
  return { status: 200, json };
};
