import type { OperationId as OpenComputerOperationId } from "../../generated/opencomputer/operations.ts";
import type { OperationId as RecoupOperationId } from "../../generated/recoup/operations.ts";
import type { OpenComputerClient } from "./opencomputer-client.ts";
import type { RecoupClient } from "./recoup-client.ts";

/** What is asked by a URL that says itself what it may: no client is needed for that. */
type BySignedUrl = "downloadFile" | "uploadFile";

type Calls<Client, Id extends string> = Readonly<Record<Id, (client: Client, id?: string) => Promise<unknown>>>;

const checkpoint = "6f1d0f4e-0a49-4bb0-8b8f-7d2f7a3c1e55";

/** A call of each operation of OpenComputer, about one sandbox where it is about one. */
export const openComputerCalls: Calls<OpenComputerClient, Exclude<OpenComputerOperationId, BySignedUrl>> = {
  createSandbox: ({ sandboxes }) => sandboxes.create(),
  listSandboxes: ({ sandboxes }) => sandboxes.list(),
  getSandbox: ({ sandboxes }, id = "sb-1") => sandboxes.get(id),
  killSandbox: ({ sandboxes }, id = "sb-1") => sandboxes.kill(id),
  setSandboxTimeout: ({ sandboxes }, id = "sb-1") => sandboxes.setTimeout(id, 600),
  hibernateSandbox: ({ sandboxes }, id = "sb-1") => sandboxes.hibernate(id),
  wakeSandbox: ({ sandboxes }, id = "sb-1") => sandboxes.wake(id),
  getSandboxTags: ({ tags }, id = "sb-1") => tags.get(id),
  replaceSandboxTags: ({ tags }, id = "sb-1") => tags.replace(id, { env: "staging" }),
  createPreview: ({ previews }, id = "sb-1") => previews.create(id, { port: 3000 }),
  listPreviews: ({ previews }, id = "sb-1") => previews.list(id),
  deletePreview: ({ previews }, id = "sb-1") => previews.delete(id, 3000),
  rotatePreviewToken: ({ previews }, id = "sb-1") => previews.rotateToken(id),
  runCommand: ({ commands }, id = "sb-1") => commands.run(id, "echo hello"),
  startCommand: ({ commands }, id = "sb-1") => commands.start(id, "echo hello"),
  getCommandResult: ({ commands }, id = "sb-1") => commands.result(id, "0a1b2c3d"),
  createExecSession: ({ sessions }, id = "sb-1") => sessions.create(id, { cmd: "bash" }),
  listExecSessions: ({ sessions }, id = "sb-1") => sessions.list(id),
  killExecSession: ({ sessions }, id = "sb-1") => sessions.kill(id, "0a1b2c3d"),
  readFile: ({ files }, id = "sb-1") => files.read(id, "a.txt"),
  writeFile: ({ files }, id = "sb-1") => files.write(id, "a.txt", "hello"),
  deleteFile: ({ files }, id = "sb-1") => files.delete(id, "a.txt"),
  listFiles: ({ files }, id = "sb-1") => files.list(id, "/workspace"),
  makeDirectory: ({ files }, id = "sb-1") => files.makeDirectory(id, "folder"),
  createDownloadUrl: ({ files }, id = "sb-1") => files.downloadUrl(id, "a.txt"),
  createUploadUrl: ({ files }, id = "sb-1") => files.uploadUrl(id, "a.txt"),
  createCheckpoint: ({ checkpoints }, id = "sb-1") => checkpoints.create(id, "before"),
  listCheckpoints: ({ checkpoints }, id = "sb-1") => checkpoints.list(id),
  restoreCheckpoint: ({ checkpoints }, id = "sb-1") => checkpoints.restore(id, checkpoint),
  deleteCheckpoint: ({ checkpoints }, id = "sb-1") => checkpoints.delete(id, checkpoint),
  forkCheckpoint: ({ checkpoints }, id = checkpoint) => checkpoints.fork(id),
  publishCheckpoint: ({ checkpoints }, id = checkpoint) => checkpoints.publish(id),
  unpublishCheckpoint: ({ checkpoints }, id = checkpoint) => checkpoints.unpublish(id),
  createCheckpointPatch: ({ patches }, id = checkpoint) => patches.create(id, "true"),
  listCheckpointPatches: ({ patches }, id = checkpoint) => patches.list(id),
  deleteCheckpointPatch: ({ patches }, id = checkpoint) => patches.delete(id, checkpoint),
  createSnapshot: ({ snapshots }) => snapshots.create({ name: "tools", image: {} }),
  listSnapshots: ({ snapshots }) => snapshots.list(),
  getSnapshot: ({ snapshots }, id = "tools") => snapshots.get(id),
  createWebhook: ({ webhooks }) => webhooks.create({ url: "https://app.example.com" }),
  listWebhooks: ({ webhooks }) => webhooks.list(),
  getWebhook: ({ webhooks }, id = "whk_1") => webhooks.get(id),
  updateWebhook: ({ webhooks }, id = "whk_1") => webhooks.update(id, { enabled: false }),
  deleteWebhook: ({ webhooks }, id = "whk_1") => webhooks.delete(id),
  testWebhook: ({ webhooks }, id = "whk_1") => webhooks.test(id),
  getWebhookSecret: ({ webhooks }, id = "whk_1") => webhooks.secret(id),
  listWebhookDeliveries: ({ webhooks }, id = "whk_1") => webhooks.deliveries(id),
  getWebhookDelivery: ({ webhooks }, id = "whk_1") => webhooks.message(id, "msg_1"),
  redeliverWebhook: ({ webhooks }, id = "whk_1") => webhooks.redeliver(id, "msg_1"),
  createPty: ({ terminals }, id = "sb-1") => terminals.open(id),
  resizePty: ({ terminals }, id = "sb-1") => terminals.resize(id, "0a1b2c3d", { cols: 120, rows: 40 }),
  deletePty: ({ terminals }, id = "sb-1") => terminals.close(id, "0a1b2c3d"),
  rebootSandbox: ({ machines }, id = "sb-1") => machines.reboot(id),
  powerCycleSandbox: ({ machines }, id = "sb-1") => machines.powerCycle(id),
  scaleSandbox: ({ machines }, id = "sb-1") => machines.scale(id, 8192),
  getAutoscale: ({ machines }, id = "sb-1") => machines.autoscale(id),
  setAutoscale: ({ machines }, id = "sb-1") => machines.setAutoscale(id, { enabled: false }),
  getScalingLock: ({ machines }, id = "sb-1") => machines.scalingLock(id),
  setScalingLock: ({ machines }, id = "sb-1") => machines.setScalingLock(id, true),
  getAllowedHosts: ({ machines }, id = "sb-1") => machines.allowedHosts(id),
  createSecretStore: ({ secretStores }) => secretStores.create({ name: "keys" }),
  listSecretStores: ({ secretStores }) => secretStores.list(),
  getSecretStore: ({ secretStores }, id = checkpoint) => secretStores.get(id),
  updateSecretStore: ({ secretStores }, id = checkpoint) => secretStores.update(id, { egressAllowlist: [] }),
  deleteSecretStore: ({ secretStores }, id = checkpoint) => secretStores.delete(id),
  listSecrets: ({ secretStores }, id = checkpoint) => secretStores.secrets(id),
  setSecret: ({ secretStores }, id = checkpoint) => secretStores.setSecret(id, "API_KEY", "value"),
  deleteSecret: ({ secretStores }, id = checkpoint) => secretStores.deleteSecret(id, "API_KEY"),
  deleteSnapshot: ({ snapshots }, id = "tools") => snapshots.delete(id),
};

/** A call of each operation of Recoup. */
export const recoupCalls: Calls<RecoupClient, RecoupOperationId> = {
  createSandbox: ({ sandboxes }) => sandboxes.create({ command: "ls" }),
  listSandboxes: ({ sandboxes }) => sandboxes.list(),
  updateSandboxSnapshot: ({ sandboxes }) => sandboxes.updateSnapshot({ snapshotId: "snap_1" }),
  deleteSandboxes: ({ sandboxes }) => sandboxes.deleteAll(),
  setupSandbox: ({ sandboxes }) => sandboxes.setup(),
  getSandboxFile: ({ files }) => files.read("a.txt"),
  uploadSandboxFiles: ({ files }) => files.upload({ files: [{ url: "https://files.example/a", name: "a" }] }),
  listTaskRuns: ({ runs }) => runs.list(),
  getAccountId: ({ accounts }) => accounts.id(),
};
