import { z } from "zod";
import { count, instantMs, type RecordShape, storedShape } from "../kit/record-shape.ts";
import { shellRecords } from "../kit/shell/records.ts";
import { type CheckpointRecord, checkpointTable, type PatchRecord } from "./checkpoint.ts";
import { type SnapshotRecord, snapshotTable } from "./snapshot.ts";
import { type MessageRecord, messageTable, type WebhookAttempt, type WebhookRecord, webhookTable } from "./webhook.ts";
import { type SecretRecord, type SecretStoreRecord, secretStoreTable } from "./secret-store.ts";
import { type SigningKey, signingTable } from "./signed-urls.ts";
import { type OpenComputerSandboxRecord, type PreviewRecord, type ProfileState, sandboxTable } from "./sandbox.ts";

const preview = z.object({
  id: z.string().describe("Its id."),
  port: z.int().min(1).max(65_535).describe("The port."),
  authConfig: z.record(z.string(), z.unknown()).describe("Kept for the caller."),
  createdAtMs: instantMs.describe("When it was listed."),
} satisfies RecordShape<PreviewRecord>);

const profileShape = {
  endedAtMs: instantMs.exactOptional().describe("When it was killed first."),
  readsAsStopped: z.boolean().exactOptional().describe("Whether one that was killed in its sleep reads as stopped."),
} satisfies RecordShape<ProfileState>;

const sandbox = z.object({
  ...storedShape,
  phase: z.enum(["running", "hibernated", "stopped"]).describe("What was last decided."),
  activeAtMs: instantMs.describe("When its idle timer last began anew."),
  timeoutS: count.describe("Its idle timeout in seconds, 0 for never."),
  template: z.string().describe("What it was made from."),
  region: z.string().describe("Where it is."),
  workerID: z.string().describe("On which machine."),
  cpuCount: count.describe("Its cores."),
  memoryMB: count.describe("Its memory in MB."),
  sizes: z
    .array(z.tuple([instantMs, count]))
    .exactOptional()
    .describe("Memory in MB that it had before, and until when."),
  diskMB: count.exactOptional().describe("Its disk in MB, where it is more than the usual."),
  tags: z.record(z.string(), z.string()).describe("Its tags."),
  tagsUpdatedAtMs: instantMs.optional().describe("When they were last replaced."),
  tokenHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe("SHA-256 of its preview token; without one its ports have no gate."),
  previews: z.array(preview).describe("Its listed ports."),
  envs: z.record(z.string(), z.string()).optional().describe("Environment variables of its commands."),
  turnsAtMs: z.array(instantMs).exactOptional().describe("When it stopped running and ran again, in turn."),
  stoppedAtMs: instantMs.exactOptional().describe("When it was killed."),
  profile: z.object(profileShape).exactOptional().describe("What a profile has to remember of it."),
  secretStoreId: z.string().exactOptional().describe("The secret store that it was created with."),
  scaling: z
    .object({
      locked: z.boolean().describe("Whether its size is locked."),
      range: z.tuple([count, count]).exactOptional().describe("Between which sizes it scales by itself."),
    })
    .exactOptional()
    .describe("How it is scaled."),
  origin: z
    .object({
      checkpointId: z.string().describe("The checkpoint."),
      patched: count.describe("The last of its scripts that was run."),
      error: z.string().exactOptional().describe("Why the next one failed."),
    })
    .exactOptional()
    .describe("What it was made from, if from a checkpoint."),
} satisfies RecordShape<OpenComputerSandboxRecord>);

const signingKey = z.object({
  ...storedShape,
  secret: z.string().min(1).describe("What signed URLs are signed with."),
} satisfies RecordShape<SigningKey>);

const patch = z.object({
  id: z.string().describe("Its id."),
  sequence: count.describe("Its place in the row."),
  script: z.string().describe("Lines for the shell."),
  description: z.string().describe("What it is for."),
  createdAtMs: instantMs.describe("When it was added."),
} satisfies RecordShape<PatchRecord>);

const checkpoint = z.object({
  ...storedShape,
  sandboxId: z.string().describe("Whose files it keeps."),
  name: z.string().describe("Its name."),
  kind: z.enum(["full", "disk_only"]).describe("What it keeps."),
  promotes: z.boolean().describe("Whether one of files alone becomes a full one."),
  isPublic: z.boolean().describe("Whether every organisation may use it."),
  readyAtMs: count.describe("From when on it can be used."),
  sizeBytes: count.describe("How much it keeps."),
  template: z.string().describe("What its sandbox was made from."),
  cpuCount: count.describe("The cores of its sandbox."),
  memoryMB: count.describe("The memory of its sandbox in MB."),
  envs: z.record(z.string(), z.string()).describe("The environment of its sandbox."),
  patches: z.array(patch).describe("Scripts for sandboxes that are made from it."),
  patchesMade: count.describe("How many there ever were."),
} satisfies RecordShape<CheckpointRecord>);

const snapshot = z.object({
  ...storedShape,
  snapshotId: z.string().describe("Its id for callers."),
  name: z.string().optional().describe("Its name; none of an image that a create named by its steps alone."),
  manifest: z.record(z.string(), z.unknown()).describe("The image."),
  checkpointId: z.string().describe("What sandboxes are made from."),
  readyAtMs: count.describe("From when on it can be used."),
  usedAtMs: instantMs.describe("When a sandbox was last made from it."),
} satisfies RecordShape<SnapshotRecord>);

const webhook = z.object({
  ...storedShape,
  url: z.string().describe("Where it is."),
  eventTypes: z.array(z.string()).describe("What it is told; none for all."),
  sandboxId: z.string().nullable().describe("The one sandbox that it is about."),
  name: z.string().nullable().describe("For people."),
  enabled: z.boolean().describe("Whether it is told."),
  secret: z.string().describe("What deliveries are signed with."),
  headers: z.record(z.string(), z.string()).describe("Headers of deliveries."),
  updatedAtMs: instantMs.describe("When it was changed."),
  requestHash: z.string().describe("Of the body that made it."),
} satisfies RecordShape<WebhookRecord>);

const attempt = z.object({
  id: z.string().describe("Its id."),
  atMs: instantMs.describe("When."),
  status: count.describe("The answer's status; 0 where there was none."),
} satisfies RecordShape<WebhookAttempt>);

const message = z.object({
  ...storedShape,
  webhookId: z.string().describe("To whom."),
  eventType: z.string().describe("The event's type."),
  eventId: z.string().describe("The event."),
  payload: z.string().describe("What is told."),
  dueAtMs: count.describe("When it is told next."),
  attempts: z.array(attempt).describe("How often that was tried."),
} satisfies RecordShape<MessageRecord>);

const secret = z.object({
  id: z.string().describe("Its id."),
  sealed: z.string().describe("What a guest sees of it."),
  allowedHosts: z.array(z.string()).describe("Hosts that may be sent it."),
  createdAtMs: instantMs.describe("When it was set first."),
  updatedAtMs: instantMs.describe("When it was set last."),
} satisfies RecordShape<SecretRecord>);

const secretStore = z.object({
  ...storedShape,
  name: z.string().describe("Its name."),
  egressAllowlist: z.array(z.string()).describe("Hosts that its sandboxes may reach."),
  updatedAtMs: instantMs.describe("When it was changed."),
  secrets: z.record(z.string(), secret).describe("By name, without their values."),
} satisfies RecordShape<SecretStoreRecord>);

/** What a snapshot of a world holds of OpenComputer. */
export const records = {
  [sandboxTable.name]: sandbox,
  [signingTable.name]: signingKey,
  [checkpointTable.name]: checkpoint,
  [snapshotTable.name]: snapshot,
  [secretStoreTable.name]: secretStore,
  [webhookTable.name]: webhook,
  [messageTable.name]: message,
  ...shellRecords,
};
