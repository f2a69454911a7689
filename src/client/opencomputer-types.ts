import type { components, operations } from "../../generated/opencomputer/types.ts";
import type { Loose, Query, RequestBody } from "./operation-types.ts";

/** The component schemas of the OpenComputer contract by name. */
export type OpenComputerSchemas = components["schemas"];

type Schema<Name extends keyof OpenComputerSchemas> = OpenComputerSchemas[Name];
type Body<Id extends keyof operations> = Loose<RequestBody<operations[Id]>>;

/** Where in its life a sandbox of OpenComputer is. */
export type OpenComputerSandboxStatus = Schema<"SandboxStatus">;

/** What a new sandbox of OpenComputer should be like; everything has a default. */
export type CreateOpenComputerSandbox = CreateOpenComputerSandboxBase & OpenComputerSandboxSize;

type Create = RequestBody<operations["createSandbox"]>;
type SizeMember = "cpuCount" | "memoryMB";

/** What a new sandbox of OpenComputer should be like, but for its size. */
export interface CreateOpenComputerSandboxBase extends Loose<Pick<Create, Exclude<keyof Create, SizeMember>>> {}

/** Cores and memory of a sandbox of OpenComputer: one of them, or both of one tier. */
export type OpenComputerSandboxSize = SizeOf<Create>;
type SizeOf<Alternative> = Alternative extends Create ? Loose<Pick<Alternative, SizeMember>> : never;

/** How to wake a sandbox of OpenComputer. */
export interface WakeOpenComputerSandbox extends Body<"wakeSandbox"> {}

/** A port of a sandbox to list. */
export interface CreatePreview extends Body<"createPreview"> {}

// Interfaces, because an editor shows them by name and their members with the contract's words.

/** A sandbox of OpenComputer as it can be read later, never with its preview token. */
export interface OpenComputerSandbox extends Schema<"Sandbox"> {}

/** A sandbox of OpenComputer just made. No other answer has its preview token. */
export interface CreatedOpenComputerSandbox extends Schema<"CreateSandboxResponse"> {}

/** A sandbox of OpenComputer that hibernates now. */
export interface HibernatedOpenComputerSandbox extends Schema<"HibernateSandboxResponse"> {}

/** A sandbox of OpenComputer that runs again. */
export interface WokenOpenComputerSandbox extends Schema<"WakeSandboxResponse"> {}

/** The tags of a sandbox of OpenComputer, by name. */
export interface Tags extends Schema<"Tags"> {}

/** The tags of a sandbox of OpenComputer, and when they were set. */
export interface SandboxTags extends Omit<Schema<"SandboxTags">, "tags"> {
  /** The tags by name. */
  tags: Tags;
}

/** A listed port of a sandbox of OpenComputer. */
export interface Preview extends Schema<"Preview"> {}

/** A preview token of OpenComputer just made. No other answer has it. */
export interface RotatedPreviewToken extends Schema<"RotatePreviewTokenResponse"> {}

/** What to run in a sandbox of OpenComputer, and how. */
export interface RunCommand extends Body<"runCommand"> {}

/** What came of a command. */
export interface OpenComputerCommandResult extends Schema<"CommandResult"> {}

/** A command under way. */
export interface CommandHandle extends Schema<"CommandHandle"> {}

/** What is known of a command so far. */
export interface CommandProgress extends Schema<"CommandProgress"> {}

/** A program whose input and output go over a WebSocket. */
export interface ExecSession extends Schema<"ExecSession"> {}

/** One entry of a folder in a sandbox. */
export interface SandboxFile extends Schema<"FileEntry"> {}

/** A URL by which one file can be read or written without a key. */
export interface SignedUrl extends Schema<"SignedUrl"> {}

/** A checkpoint to make. */
export interface CreateCheckpoint extends Body<"createCheckpoint"> {}

/** The files of a sandbox, kept under a name. */
export interface Checkpoint extends Schema<"Checkpoint"> {}

/** A sandbox that goes back to a checkpoint. */
export interface RestoredCheckpoint extends Schema<"RestoredCheckpoint"> {}

/** What a sandbox that is made from a checkpoint is to have of its own. */
export interface ForkCheckpoint extends Body<"forkCheckpoint"> {}

/** A script of a checkpoint. */
export interface CheckpointPatch extends Schema<"Patch"> {}

/** An image to build, and its name. */
export interface CreateSnapshot extends Body<"createSnapshot"> {}

/** An image that was built, under a name. */
export interface Snapshot extends Schema<"Snapshot"> {}

/** A destination of events to register. */
export interface CreateWebhook extends Body<"createWebhook"> {}

/** What to change of a destination of events. */
export interface UpdateWebhook extends Body<"updateWebhook"> {}

/** A destination of events. */
export interface Webhook extends Schema<"WebhookDestination"> {}

/** A destination of events, with its secret where that is new. */
export type CreatedWebhook = Schema<"CreatedWebhook">;

/** An attempt to tell a destination something, or one that is due. */
export interface WebhookDelivery extends Schema<"WebhookDelivery"> {}

/** What is told to a destination. */
export interface WebhookMessage extends Schema<"WebhookMessage"> {}

/** Any image that was built: a snapshot, or one without a name. */
export interface BuiltImage extends Schema<"Image"> {}

/** Whether every organisation may use a snapshot. */
export interface PublishedSnapshot extends Schema<"PublishedSnapshot"> {}

/** Which lines of a log are asked for: a stretch of time, a text, sources, how many. */
export interface LogQuery extends Loose<Omit<Query<operations["readSandboxLogs"]>, "tail">> {}

/** A line that a command has printed. */
export interface LogLine extends Schema<"LogLine"> {}

/** A size to give a sandbox. */
export interface SetLimits extends Body<"setLimits"> {}

/** A sandbox of another size. */
export interface ScaledSandbox extends Schema<"ScaledSandbox"> {}

/** How a sandbox is to scale by itself. */
export interface SetAutoscale extends Body<"setAutoscale"> {}

/** How a sandbox scales by itself. */
export interface Autoscale extends Schema<"Autoscale"> {}

/** Whether the size of a sandbox is locked. */
export interface ScalingLock extends Schema<"ScalingLock"> {}

/** Hosts that a sandbox may reach, with its secrets and without. */
export interface AllowedHosts extends Schema<"AllowedHosts"> {}

/** A secret store to make. */
export interface CreateSecretStore extends Body<"createSecretStore"> {}

/** What to change of a secret store. */
export interface UpdateSecretStore extends Body<"updateSecretStore"> {}

/** A secret store, without its values. */
export interface SecretStore extends Schema<"SecretStore"> {}

/** A secret, without its value. */
export interface SecretEntry extends Schema<"SecretEntry"> {}

/** How large a terminal is to be. */
export interface OpenPty extends Body<"createPty"> {}

/** How large a terminal is to be from now on. */
export interface ResizePty extends Body<"resizePty"> {}

/** A terminal. */
export interface PtySession extends Schema<"PtySession"> {}

/** What usage is asked for: a stretch of time, tags, an order, a page. */
export interface UsageQuery extends Loose<Omit<Query<operations["getUsage"]>, "groupBy">> {}

/** What sandboxes have used, by sandbox or by tag. */
export interface Usage extends Schema<"Usage"> {}

/** What one sandbox has used, minute by minute. */
export interface SandboxUsage extends Schema<"SandboxUsage"> {}

/** Keys of tags. */
export interface TagKeys extends Schema<"TagKeys"> {}

/** Who a key belongs to. */
export interface Caller extends Schema<"Caller"> {}
