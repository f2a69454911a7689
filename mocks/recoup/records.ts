import { z } from "zod";
import { count, instantMs, type RecordShape, storedShape } from "../kit/record-shape.ts";
import { shellRecords } from "../kit/shell/records.ts";
import { type AccountRecord, accountTable, type PendingOutcome, type RepositoryFile } from "./account.ts";
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
  failure: z
    .object({
      status: z.enum(["FAILED", "TIMED_OUT"]).describe("How it ended."),
      name: z.string().describe("Of the error."),
      message: z.string().describe("Why."),
    })
    .exactOptional()
    .describe("Why its command has not run to its end."),
  bootsFrom: z.string().exactOptional().describe("The sandbox of whose end its own one is a copy."),
  hasRun: z.boolean().optional().describe("Whether its command has been run, and what came of it is known."),
} satisfies RecordShape<RunRecord>);

const file = z.object({
  path: z.string().describe("Where it is."),
  content: z.string().describe("What is in it."),
  encoding: z.literal("base64").exactOptional().describe("How that is written; as text by default."),
  sha: z.string().describe("Its hash."),
} satisfies RecordShape<RepositoryFile>);

const outcome = z.object({
  completeAtMs: instantMs.describe("When."),
  snapshotId: z.string().describe("The snapshot."),
  githubRepo: z.string().exactOptional().describe("The repository, of a set-up."),
  written: z.array(file).exactOptional().describe("What a command wrote there."),
  removed: z.array(z.string()).exactOptional().describe("The paths of what it removed."),
} satisfies RecordShape<PendingOutcome>);

const account = z.object({
  ...storedShape,
  deleted: z.boolean().describe("Whether it keeps nothing any more."),
  snapshotId: z.string().nullable().describe("What sandboxes start from."),
  expiresAtMs: count.max(8.64e15).nullable().describe("Until when."),
  githubRepo: z.string().nullable().describe("Its repository."),
  files: z.array(file).describe("What is in it."),
  pending: z.array(outcome).describe("What runs under way leave."),
} satisfies RecordShape<AccountRecord>);

/** What a snapshot holds of Recoup. */
export const records = {
  [sandboxTable.name]: sandbox,
  [runTable.name]: run,
  [accountTable.name]: account,
  ...shellRecords,
};
