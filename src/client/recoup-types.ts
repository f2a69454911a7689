import type { components, operations } from "../../generated/recoup/types.ts";
import type { Loose, Query, RequestBody } from "./operation-types.ts";

/** The component schemas of the Recoup contract by name. */
export type RecoupSchemas = components["schemas"];

type Schema<Name extends keyof RecoupSchemas> = RecoupSchemas[Name];
type Body<Id extends keyof operations> = Loose<RequestBody<operations[Id]>>;
type QueryOf<Id extends keyof operations> = Loose<Query<operations[Id]>>;

/** States that servers of Recoup were seen to use beyond the contract. */
export const seenRecoupSandboxStatuses = ["snapshotting", "aborted"] as const;

/** Where in its life a sandbox of Recoup is: the contract's five states, and two more that servers were seen to use. */
export type RecoupSandboxStatus = Schema<"Sandbox">["sandboxStatus"] | (typeof seenRecoupSandboxStatuses)[number];

/** How a run of Recoup stands. */
export type TaskRunStatus = Schema<"TaskRun">["status"];

/** Account to act for. */
export interface RecoupAccount {
  /** Account by its UUID, for callers who reach several; by default the caller's own. */
  readonly account_id?: string | undefined;
}

type CreateMember = keyof Schema<"CreateSandboxRequest">;

/** What a new sandbox of Recoup should be like, none of it required. At most one of `command` and `prompt`. */
export interface CreateRecoupSandbox extends Loose<Pick<Schema<"CreateSandboxRequest">, CreateMember>> {}

/** Makes a create with both a command and a prompt a type error that says why. A type that may have both is none. */
export type CommandOrPrompt<Given> = Given extends { readonly command: string; readonly prompt: string }
  ? { readonly prompt: Refused<"Give a command or a prompt, not both: the server refuses a create with both"> }
  : unknown;

/** Makes a member that no create has, such as a misspelt one, a type error that says so. */
export type NoOther<Given> = {
  readonly [Name in Exclude<keyof Given & string, CreateMember>]: Refused<`A create has no member ${Name}`>;
};

// An object, since two texts that differ would make the whole argument `never`, without a word.
type Refused<Why extends string> = { readonly refused: Why };

/** What to set for an account of Recoup. Members left out keep their value. */
export interface UpdateRecoupSnapshot extends Body<"updateSandboxSnapshot"> {}

/** For which account of Recoup everything is to be deleted. `account_id` is left out or a UUID, never `undefined`. */
export interface DeleteRecoupSandboxes extends Readonly<RequestBody<operations["deleteSandboxes"]>> {}

/** Files for the server to fetch and commit. */
export interface UploadRecoupFiles extends Body<"uploadSandboxFiles"> {}

/** Which sandboxes of Recoup to list. */
export interface ListRecoupSandboxes extends QueryOf<"listSandboxes"> {}

/** Which runs of Recoup to list. */
export interface ListTaskRuns extends Omit<QueryOf<"listTaskRuns">, "runId"> {}

// Interfaces, because an editor shows them by name and their members with the contract's words.

/** A sandbox of Recoup. */
export interface RecoupSandbox extends Omit<Schema<"Sandbox">, "sandboxStatus"> {
  /** Where in its life the sandbox is. */
  sandboxStatus: RecoupSandboxStatus;
}

/** The sandboxes of an account of Recoup, newest first, and what the account keeps for the next one. */
export interface RecoupSandboxList extends Omit<Schema<"SandboxesResponse">, "sandboxes"> {
  /** The sandboxes. */
  sandboxes: RecoupSandbox[];
}

/** The answer to a create, with the one sandbox that the contract promises. */
export interface CreatedRecoupSandbox extends Omit<Schema<"CreateSandboxResponse">, "sandboxes"> {
  /** The sandbox that was created. */
  sandboxes: [RecoupSandbox];
}

/** What an account of Recoup keeps for its next sandbox. */
export interface AccountSnapshot extends Schema<"AccountSnapshot"> {}

/** What was deleted of an account of Recoup. */
export interface DeletedRecoupSandboxes extends Omit<Schema<"DeleteSandboxesResponse">, "deleted_snapshot"> {
  /** The record as it was; null if there was none. */
  deleted_snapshot?: AccountSnapshot | null;
}

/** The run that sets an account of Recoup up. */
export interface StartedSetup extends Schema<"SetupSandboxResponse"> {}

/** A file of an account's repository. */
export interface RecoupFile extends Schema<"SandboxFileResponse"> {}

/** One committed file. */
export interface UploadedRecoupFile extends Schema<"UploadedSandboxFile"> {}

/** What was committed to an account's repository, and what was not. */
export interface UploadedRecoupFiles extends Omit<Schema<"UploadSandboxFilesResponse">, "uploaded"> {
  /** Files that were committed. */
  uploaded: UploadedRecoupFile[];
}

/** A background run of Recoup. */
export interface TaskRun extends Schema<"TaskRun"> {}

/** Runs of an account of Recoup, newest first. */
export interface TaskRunList extends Omit<Schema<"TaskRunsResponse">, "runs"> {
  /** The runs. */
  runs: TaskRun[];
}
