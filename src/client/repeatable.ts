import type { OperationId as OpenComputerOperationId } from "../../generated/opencomputer/operations.ts";
import type { OperationId as RecoupOperationId } from "../../generated/recoup/operations.ts";

/**
 * Which operations of OpenComputer a client may send again by itself, after a lost connection or an answer such as 503.
 * An operation is safe to repeat where the second request leaves everything as the first one did.
 */
export const openComputerRepeatable: Readonly<Record<OpenComputerOperationId, boolean>> = {
  createSandbox: false, // makes, and bills, another sandbox
  listSandboxes: true,
  getSandbox: true,
  killSandbox: true, // a stopped sandbox gets the same 204
  setSandboxTimeout: true, // the period starts anew, some moments later
  hibernateSandbox: true, // a hibernated one gets the same 200
  wakeSandbox: false, // a running one gets a 404, which would hide that the first try woke it
  getSandboxTags: true,
  replaceSandboxTags: true,
  createPreview: true, // a listed port gets its record as it is
  listPreviews: true,
  deletePreview: true, // the record stays gone; a 404 may be about what the first try deleted
  rotatePreviewToken: false, // would throw away a token that may have been given out
  runCommand: false, // would do it twice
  startCommand: false,
  getCommandResult: true,
  createExecSession: false, // starts another
  listExecSessions: true,
  killExecSession: true, // one that has ended gets the same 204
  readSandboxLogs: true,
  readFile: true,
  writeFile: true, // puts the same bytes in the same place
  deleteFile: true, // what is not there gets the same 204
  listFiles: true,
  makeDirectory: true, // one that is there gets the same 204
  createDownloadUrl: true, // another URL does no harm
  createUploadUrl: true,
  downloadFile: true,
  uploadFile: true,
  createCheckpoint: false, // the name is taken by then
  listCheckpoints: true,
  restoreCheckpoint: true, // goes back to the same
  deleteCheckpoint: false, // a 404 would hide that the first try deleted it
  forkCheckpoint: false, // makes, and bills, another sandbox
  createCheckpointPatch: false, // adds another
  listCheckpointPatches: true,
  deleteCheckpointPatch: false,
  publishCheckpoint: true,
  unpublishCheckpoint: true,
  createSnapshot: false, // the name is taken by then
  listSnapshots: true,
  getSnapshot: true,
  deleteSnapshot: false,
  createSnapshotPatch: false, // adds another
  listSnapshotPatches: true,
  deleteSnapshotPatch: false,
  publishSnapshot: true,
  unpublishSnapshot: true,
  listImages: true,
  createImagePatch: false,
  listImagePatches: true,
  deleteImagePatch: false,
  createWebhook: false, // registers another
  listWebhooks: true,
  getWebhook: true,
  updateWebhook: false, // would throw away a secret that may have been given out
  deleteWebhook: false,
  testWebhook: false, // tells it twice
  getWebhookSecret: true,
  listWebhookDeliveries: true,
  getWebhookDelivery: true,
  redeliverWebhook: false,
  createPty: false, // opens another
  resizePty: true,
  deletePty: false,
  rebootSandbox: false, // would restart it twice
  powerCycleSandbox: false,
  scaleSandbox: true, // the same size again
  setLimits: true,
  refreshSandboxToken: true, // another credential does no harm
  getAutoscale: true,
  setAutoscale: true,
  getScalingLock: true,
  setScalingLock: true,
  getAllowedHosts: true,
  getUsage: true,
  getSandboxUsage: true,
  listTagKeys: true,
  whoami: true,
  createSecretStore: false, // the name is taken by then
  listSecretStores: true,
  getSecretStore: true,
  updateSecretStore: true,
  deleteSecretStore: false,
  listSecrets: true,
  setSecret: true,
  deleteSecret: false,
};

/** Which operations of Recoup a client may send again by itself. */
export const recoupRepeatable: Readonly<Record<RecoupOperationId, boolean>> = {
  createSandbox: false, // makes, and bills, another sandbox
  listSandboxes: true,
  updateSandboxSnapshot: true, // a PATCH, but it sets values
  deleteSandboxes: true, // an account without anything gets the same 200
  setupSandbox: false, // starts another run
  getSandboxFile: true,
  uploadSandboxFiles: false, // makes another commit, of files that may be gone from their URLs by then
  listTaskRuns: true,
  getAccountId: true,
};
