import { z } from "zod";
import { count, instantMs, type RecordShape, storedShape } from "../kit/record-shape.ts";
import { shellRecords } from "../kit/shell/records.ts";
import { type AccountRecord, accountTable, type PendingSetup, type RepositoryFile } from "./account.ts";
import { type RunRecord, runTable } from "./run.ts";
import { type RecoupSandboxRecord, sandboxTable } from "./sandbox.ts";

const sandbox = z.object({
  ...storedShape,
  bootMs: count.describe("How long it is pending."),
  timeoutMs: count.describe("From its creation until it begins to stop."),
  graceMs: count.describe("How long it is stopping."),
  failedAtMs: count.optional().describe("When it failed."),
  runId: z.string().optional().describe("The run that it was made for."),
  profile: z.object({ snapshotAtMs: count }).exactOptional().describe("What a profile has to remember of it."),
} satisfies RecordShape<RecoupSandboxRecord>);

const anything = z.record(z.string(), z.unknown());
const durationMs = count.max(2 ** 31 - 1);

const run = z.object({
  ...storedShape,
  taskIdentifier: z.enum(["run-sandbox-command", "setup-sandbox"]).describe("What it does."),
  payload: anything.describe("What it was given."),
  output: anything.describe("What came of it."),
  queuedMs: durationMs.describe("How long it waits."),
  executingMs: durationMs.describe("How long it takes."),
  hasRun: z.boolean().optional().describe("Whether its command has been run, and what came of it is known."),
} satisfies RecordShape<RunRecord>);

const file = z.object({
  path: z.string().describe("Where it is."),
  content: z.string().describe("What is in it."),
  encoding: z.literal("base64").exactOptional().describe("How that is written; as text by default."),
  sha: z.string().describe("Its hash."),
} satisfies RecordShape<RepositoryFile>);

const setup = z.object({
  completeAtMs: instantMs.describe("When."),
  snapshotId: z.string().describe("The snapshot."),
  githubRepo: z.string().describe("The repository."),
} satisfies RecordShape<PendingSetup>);

const account = z.object({
  ...storedShape,
  deleted: z.boolean().describe("Whether it keeps nothing any more."),
  snapshotId: z.string().nullable().describe("What sandboxes start from."),
  expiresAtMs: count.max(8.64e15).nullable().describe("Until when."),
  githubRepo: z.string().nullable().describe("Its repository."),
  files: z.array(file).describe("What is in it."),
  setups: z.array(setup).describe("Set-ups under way."),
} satisfies RecordShape<AccountRecord>);

/** What a snapshot holds of Recoup. */
export const records = {
  [sandboxTable.name]: sandbox,
  [runTable.name]: run,
  [accountTable.name]: account,
  ...shellRecords,
};
