import type { operations } from "../../generated/opencomputer/types.ts";
import type { CallOptions } from "./client-options.ts";
import type { OperationCall } from "./connection.ts";
import type {
  AllowedHosts,
  Autoscale,
  CreateSecretStore,
  ScaledSandbox,
  ScalingLock,
  SecretEntry,
  SecretStore,
  SetAutoscale,
  SetLimits,
  UpdateSecretStore,
} from "./opencomputer-types.ts";

type MemoryMB = operations["scaleSandbox"]["requestBody"]["content"]["application/json"]["memoryMB"];

/** What a client does with the machines of sandboxes, and with secrets. */
export function createMachines(call: OperationCall<operations>) {
  return {
    /** The size of a sandbox, and restarts. */
    machines: {
      /** Restarts what runs in a sandbox. Its files stay. Never sent twice. */
      reboot: (id: string, options?: CallOptions): Promise<void> => call("rebootSandbox", { path: { id } }, options),
      /** Restarts the machine of a sandbox. Its files stay. Never sent twice. */
      powerCycle: (id: string, options?: CallOptions): Promise<void> =>
        call("powerCycleSandbox", { path: { id } }, options),
      /** Gives a sandbox another size, and switches its autoscale off. */
      scale: (id: string, memoryMB: MemoryMB, options?: CallOptions): Promise<ScaledSandbox> =>
        call("scaleSandbox", { path: { id }, body: { memoryMB } }, options),
      /** Gives a sandbox another size, or more of its cores. Its autoscale stays as it is. */
      setLimits: (id: string, body: SetLimits, options?: CallOptions): Promise<ScaledSandbox> =>
        call("setLimits", { path: { id }, body }, options),
      /** Makes another credential for a sandbox alone. It is not the preview token. */
      refreshToken: async (id: string, options?: CallOptions): Promise<string> =>
        (await call("refreshSandboxToken", { path: { id } }, options)).token,
      /** How a sandbox scales by itself. */
      autoscale: (id: string, options?: CallOptions): Promise<Autoscale> =>
        call("getAutoscale", { path: { id } }, options),
      /** Has a sandbox scale by itself, or not. */
      setAutoscale: (id: string, body: SetAutoscale, options?: CallOptions): Promise<Autoscale> =>
        call("setAutoscale", { path: { id }, body }, options),
      /** Whether the size of a sandbox is locked. */
      scalingLock: (id: string, options?: CallOptions): Promise<ScalingLock> =>
        call("getScalingLock", { path: { id } }, options),
      /** Locks the size of a sandbox, which switches its autoscale off, or unlocks it. */
      setScalingLock: (id: string, locked: boolean, options?: CallOptions): Promise<ScalingLock> =>
        call("setScalingLock", { path: { id }, body: { locked } }, options),
      /** The hosts that a sandbox may reach, and with which of its secrets. */
      allowedHosts: (id: string, options?: CallOptions): Promise<AllowedHosts> =>
        call("getAllowedHosts", { path: { id } }, options),
    },
    /** Secrets that guests use without seeing them. */
    secretStores: {
      /** Makes one. Never sent twice. */
      create: (body: CreateSecretStore, options?: CallOptions): Promise<SecretStore> =>
        call("createSecretStore", { body }, options),
      /** All of the organisation, the newest first. */
      list: (options?: CallOptions): Promise<SecretStore[]> => call("listSecretStores", {}, options),
      /** Reads one. */
      get: (storeId: string, options?: CallOptions): Promise<SecretStore> =>
        call("getSecretStore", { path: { storeId } }, options),
      /** Changes one. */
      update: (storeId: string, body: UpdateSecretStore, options?: CallOptions): Promise<SecretStore> =>
        call("updateSecretStore", { path: { storeId }, body }, options),
      /** Deletes one, with its secrets. */
      delete: (storeId: string, options?: CallOptions): Promise<void> =>
        call("deleteSecretStore", { path: { storeId } }, options),
      /** The secrets of a store, without their values. */
      secrets: (storeId: string, options?: CallOptions): Promise<SecretEntry[]> =>
        call("listSecrets", { path: { storeId } }, options),
      /** Sets a secret. No error shows its value. */
      setSecret: async (
        storeId: string,
        secretName: string,
        value: string,
        allowedHosts?: string[],
        options?: CallOptions,
      ): Promise<void> => {
        const body = { value, ...(allowedHosts === undefined ? {} : { allowedHosts }) };
        await call("setSecret", { path: { storeId, secretName }, body, secrets: [value] }, options);
      },
      /** Deletes a secret. */
      deleteSecret: (storeId: string, secretName: string, options?: CallOptions): Promise<void> =>
        call("deleteSecret", { path: { storeId, secretName } }, options),
    },
  };
}
