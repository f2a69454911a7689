import type { Span } from "../../kit/law/exchange.ts";
import type { JsonObject } from "../../kit/law/schema.ts";

/** `absent`: it never was. `error`: its machine was lost, for good. */
export type Status = "absent" | "running" | "hibernated" | "stopped" | "error";

export type TagValues = Readonly<Record<string, string>>;

/** What puts a sandbox to sleep: a timeout, and where it comes from. */
export type IdleTimeout = {
  /** Seconds, 0 for never. Undefined where it is not known. */
  readonly seconds?: number;
  readonly from: "create" | "default" | "set" | "wake" | "kept";
};

/** Something that was asked for and refused, or asked of another sandbox: what it would have changed, had it been done here. */
type Suspect = { readonly clause: string; readonly what: string; readonly changes: Changes };

/** What an operation makes of a sandbox. A member that is there is set to its value. */
export type Changes = {
  readonly status?: Status;
  readonly idle?: IdleTimeout;
  readonly tags?: TagValues;
  readonly ports?: Readonly<Record<string, JsonObject>>;
};

/** A file as it was written, put to sleep or given back by a checkpoint last: the hash of its bytes. */
export type KnownFile = { readonly hash: string; readonly since: "write" | "sleep" | "restore" };

/** All that the contract says a server remembers of one sandbox. What is not known is left out. */
export type SandboxState = {
  readonly status: Status;
  /** The tenant that it belongs to. */
  readonly owner?: string;
  /** When it was created, as the create tells. */
  readonly createdIn?: Span;
  /** When it was killed, as far as that was seen. */
  readonly stoppedIn?: Span;
  readonly idle: IdleTimeout;
  /** When its idleness began, and by what. */
  readonly active?: Span & { readonly by: string };
  readonly tags?: TagValues;
  readonly tagsBefore?: TagValues;
  /** `tagsLastUpdatedAt` as it was told when they were replaced, null for none. */
  readonly taggedAt?: string | null;
  readonly taggedWhile?: Status;
  /** Listed ports with their records. */
  readonly ports?: Readonly<Record<string, JsonObject>>;
  /** The token that opens its previews, null where there is no gate. */
  readonly gate?: string | null;
  readonly gateBy: "create" | "rotate";
  readonly oldTokens: readonly string[];
  /** Whether it hibernated or woke since its tags, ports or token were last seen to be right. */
  readonly hasSlept: boolean;
  /** What answers told of it that stays the same for good. */
  readonly told: JsonObject;
  /** Whether an answer has shown the status since it changed. */
  readonly isSeen?: boolean;
  /** Whether it hibernates because its time was up, which no answer has shown yet. */
  readonly dozed?: boolean;
  /** What answers show it to be though it is not: told once, and taken for granted from then on. */
  readonly showsAs?: Status;
  /** Files that were written, by path. */
  readonly files?: Readonly<Record<string, KnownFile>>;
  /** The files of its checkpoints, by their ids. */
  readonly checkpoints?: Readonly<Record<string, Readonly<Record<string, KnownFile>>>>;
  /** Whether programs were started in it, which may write at any time. */
  readonly hasPrograms?: boolean;
  readonly suspects: readonly Suspect[];
};

export const absent: SandboxState = {
  status: "absent",
  idle: { from: "create" },
  gateBy: "create",
  oldTokens: [],
  hasSlept: false,
  told: {},
  suspects: [],
};

/** A sandbox of which nothing is known but that it may be there. */
export const unknownStates: readonly SandboxState[] = [
  absent,
  ...(["running", "hibernated", "stopped"] as const).map((status) => ({ ...absent, status, hasPrograms: true })),
];

/** How late a timeout may fire, in milliseconds: servers look every so often. */
export const lateMsMax = 2_000;

/** What may have become of a sandbox by itself, in a span of time. */
export function passTime(state: SandboxState, { fromMs, toMs }: Span): readonly SandboxState[] {
  const { status, idle, active } = state;
  if (status !== "running" || idle.seconds === 0) return [state];
  const asleep = { ...fallAsleep(state), dozed: true };
  if (idle.seconds === undefined || active === undefined) return [state, asleep];
  const dueMs = idle.seconds * 1_000;
  const mayRun = fromMs <= active.toMs + dueMs + lateMsMax;
  const maySleep = toMs >= active.fromMs + dueMs;
  return [...(mayRun ? [state] : []), ...(maySleep ? [asleep] : [])];
}

function fallAsleep(state: SandboxState): SandboxState {
  const { active: _, ...rest } = state;
  return { ...rest, status: "hibernated", hasSlept: true, isSeen: false };
}

/** A sandbox that runs, and was active in this span. */
export function run(state: SandboxState, { fromMs, toMs }: Span, by: string): SandboxState {
  const woken = { ...state, status: "running", active: { fromMs, toMs, by }, dozed: false } as const;
  if (state.status !== "hibernated") return woken;
  const files = Object.entries(state.files ?? {}).map(([path, { hash }]) => [path, { hash, since: "sleep" }] as const);
  return { ...woken, hasSlept: true, ...(files.length === 0 ? {} : { files: Object.fromEntries(files) }) };
}

/** Takes changes over. */
export function apply(state: SandboxState, changes: Changes, span: Span, by: string): SandboxState {
  const { status, ...rest } = changes;
  const changed = { ...state, ...rest };
  if (status === undefined) return changed;
  if (status === "running") return run(changed, span, by);
  if (status === "hibernated" && state.status !== "hibernated") return fallAsleep(changed);
  return status === "stopped" && state.status !== "stopped"
    ? { ...changed, status, stoppedIn: span }
    : { ...changed, status };
}

const suspectsMax = 6;

/** Remembers what should not have changed anything. */
export function suspect(state: SandboxState, suspected: Suspect): SandboxState {
  if (Object.keys(suspected.changes).length === 0) return state;
  return { ...state, suspects: [...state.suspects, suspected].slice(-suspectsMax) };
}
