import type { operations } from "../../generated/opencomputer/types.ts";
import type { CallOptions } from "./client-options.ts";
import type { OperationCall } from "./connection.ts";
import type {
  BuiltImage,
  Checkpoint,
  CheckpointPatch,
  CreateCheckpoint,
  CreatedOpenComputerSandbox,
  CreateSnapshot,
  ForkCheckpoint,
  PublishedSnapshot,
  RestoredCheckpoint,
  Snapshot,
} from "./opencomputer-types.ts";

/** What a client does with what outlives a sandbox: checkpoints and snapshots. */
export function createKept(call: OperationCall<operations>) {
  return {
    /** Checkpoints of a sandbox: its files, kept under a name. */
    checkpoints: {
      /** Makes one of a running sandbox. It can be used once its status is `ready`. Never sent twice. */
      create: (id: string, checkpoint: string | CreateCheckpoint, options?: CallOptions): Promise<Checkpoint> => {
        const body = typeof checkpoint === "string" ? { name: checkpoint } : checkpoint;
        return call("createCheckpoint", { path: { id }, body }, options);
      },
      /** Those of a sandbox, the newest first. */
      list: (id: string, options?: CallOptions): Promise<Checkpoint[]> =>
        call("listCheckpoints", { path: { id } }, options),
      /** Puts a running sandbox back to its checkpoint. */
      restore: (id: string, checkpointId: string, options?: CallOptions): Promise<RestoredCheckpoint> =>
        call("restoreCheckpoint", { path: { id, checkpointId } }, options),
      /** Makes another sandbox from a checkpoint. Never sent twice. */
      fork: (checkpointId: string, body?: ForkCheckpoint, options?: CallOptions): Promise<CreatedOpenComputerSandbox> =>
        call("forkCheckpoint", { path: { checkpointId }, body }, options),
      /** Deletes a checkpoint. Sandboxes that were made from it stay. */
      delete: (id: string, checkpointId: string, options?: CallOptions): Promise<void> =>
        call("deleteCheckpoint", { path: { id, checkpointId } }, options),
      /** Lets every organisation make sandboxes from a checkpoint. */
      publish: (checkpointId: string, options?: CallOptions): Promise<Checkpoint> =>
        call("publishCheckpoint", { path: { checkpointId } }, options),
      /** Keeps a checkpoint to the organisation. */
      unpublish: (checkpointId: string, options?: CallOptions): Promise<Checkpoint> =>
        call("unpublishCheckpoint", { path: { checkpointId } }, options),
    },
    /** Scripts of a checkpoint, which run in sandboxes that are made from it. */
    patches: {
      /** Adds one. Never sent twice. */
      create: async (
        checkpointId: string,
        script: string,
        description?: string,
        options?: CallOptions,
      ): Promise<CheckpointPatch> => {
        const body = patchOf(script, description);
        return (await call("createCheckpointPatch", { path: { checkpointId }, body }, options)).patch;
      },
      /** Those of a checkpoint, in the order in which they run. */
      list: (checkpointId: string, options?: CallOptions): Promise<CheckpointPatch[]> =>
        call("listCheckpointPatches", { path: { checkpointId } }, options),
      /** Takes one off. */
      delete: (checkpointId: string, patchId: string, options?: CallOptions): Promise<void> =>
        call("deleteCheckpointPatch", { path: { checkpointId, patchId } }, options),
    },
    /** Images that were built once, and that sandboxes boot from by name. */
    snapshots: {
      /** Builds one, and gives it when it is built: this may need a longer time-out. Never sent twice. */
      create: (body: CreateSnapshot, options?: CallOptions): Promise<Snapshot> =>
        call("createSnapshot", { body }, options),
      /** All of the organisation, the newest first. */
      list: (options?: CallOptions): Promise<Snapshot[]> => call("listSnapshots", {}, options),
      /** Reads one. */
      get: (name: string, options?: CallOptions): Promise<Snapshot> => call("getSnapshot", { path: { name } }, options),
      /** Deletes one. Sandboxes that were made from it stay. */
      delete: (name: string, options?: CallOptions): Promise<void> =>
        call("deleteSnapshot", { path: { name } }, options),
      /** Adds a script to one. Never sent twice. */
      addPatch: async (
        name: string,
        script: string,
        description?: string,
        options?: CallOptions,
      ): Promise<CheckpointPatch> =>
        (await call("createSnapshotPatch", { path: { name }, body: patchOf(script, description) }, options)).patch,
      /** The scripts of one, in the order in which they run. */
      patches: (name: string, options?: CallOptions): Promise<CheckpointPatch[]> =>
        call("listSnapshotPatches", { path: { name } }, options),
      /** Takes a script off one. */
      deletePatch: (name: string, patchId: string, options?: CallOptions): Promise<void> =>
        call("deleteSnapshotPatch", { path: { name, patchId } }, options),
      /** Lets every organisation make sandboxes from one: for the vendor's own organisation alone. */
      publish: (name: string, options?: CallOptions): Promise<PublishedSnapshot> =>
        call("publishSnapshot", { path: { name } }, options),
      /** Keeps one to the organisation. */
      unpublish: (name: string, options?: CallOptions): Promise<PublishedSnapshot> =>
        call("unpublishSnapshot", { path: { name } }, options),
    },
    /** All images that were built: snapshots, and those that creates brought along. One without a name is named by its id. */
    images: {
      /** All of the organisation, the newest first. */
      list: (options?: CallOptions): Promise<BuiltImage[]> => call("listImages", {}, options),
      /** Adds a script to one. Never sent twice. */
      addPatch: async (
        name: string,
        script: string,
        description?: string,
        options?: CallOptions,
      ): Promise<CheckpointPatch> =>
        (await call("createImagePatch", { path: { name }, body: patchOf(script, description) }, options)).patch,
      /** The scripts of one, in the order in which they run. */
      patches: (name: string, options?: CallOptions): Promise<CheckpointPatch[]> =>
        call("listImagePatches", { path: { name } }, options),
      /** Takes a script off one. */
      deletePatch: (name: string, patchId: string, options?: CallOptions): Promise<void> =>
        call("deleteImagePatch", { path: { name, patchId } }, options),
    },
  };
}

function patchOf(script: string, description: string | undefined) {
  return { script, ...(description === undefined ? {} : { description }) };
}
