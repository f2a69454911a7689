import type { components } from "../../generated/opencomputer/types.ts";
import type { Call, Outcome } from "../kit/exchange.ts";
import { type StoredRecord, updateRecord } from "../kit/table.ts";
import type { TableName, World } from "../kit/world.ts";
import { formatTime, refuse } from "./answers.ts";

/** A secret as it is stored: without its value, which the mock has no use for. */
export type SecretRecord = {
  readonly id: string;
  readonly sealed: string; // what a guest sees in the place of the value
  readonly allowedHosts: readonly string[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

/** A secret store. A deleted one is no longer live. */
export type SecretStoreRecord = StoredRecord & {
  readonly name: string;
  readonly egressAllowlist: readonly string[];
  readonly updatedAtMs: number;
  readonly secrets: Readonly<Record<string, SecretRecord>>; // by name
};

export const secretStoreTable: TableName<SecretStoreRecord> = { name: "opencomputer/secret-stores" };

/** The stores of an organisation, the newest first. */
export async function listStores(world: World, tenantId: string): Promise<readonly SecretStoreRecord[]> {
  return world.table(secretStoreTable).list(tenantId, { limit: Infinity, liveAtMs: world.clock.now() });
}

/** What a sandbox that is created with a store has of it. */
export type OpenedStore = { readonly secretStoreId?: string; readonly envs: Readonly<Record<string, string>> };

/** What a sandbox has that is created without a store. */
export const noStore: OpenedStore = { envs: {} };

/** Opens the store that a create names. */
export async function openStore({ world, tenant }: Call, name: string): Promise<Outcome<OpenedStore>> {
  const store = (await listStores(world, tenant.id)).find((each) => each.name === name);
  if (store === undefined) {
    const message = "make it first: POST /api/secret-stores";
    const reason = { rule: "secret-store-unknown", message, pointer: "/secretStore" };
    return { refusal: refuse(400, `secret store not found: ${name}`, reason) };
  }
  const sealed = Object.entries(store.secrets).map(([secret, { sealed: text }]) => [secret, text] as const);
  return { value: { secretStoreId: store.id, envs: Object.fromEntries(sealed) } };
}

/** Deletes a store. */
export async function deleteStore(world: World, id: string): Promise<void> {
  await updateRecord(world.table(secretStoreTable), id, (store) => ({
    ...{ ...store, version: store.version + 1 },
    ...{ liveUntilMs: 0, secrets: {} },
  }));
}

/** A store as its organisation sees it. */
export function viewStore(record: SecretStoreRecord): components["schemas"]["SecretStore"] {
  const { id, tenantId: orgId, name, egressAllowlist, createdAtMs, updatedAtMs } = record;
  const times = { createdAt: formatTime(createdAtMs), updatedAt: formatTime(updatedAtMs) };
  return { id, orgId, name, egressAllowlist: [...egressAllowlist], ...times };
}
