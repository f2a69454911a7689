import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer } from "../kit/exchange.ts";
import { neverMs, type StoredRecord } from "../kit/table.ts";
import type { TableName } from "../kit/world.ts";
import { formatTagTime, formatTime } from "./answers.ts";

/** A sandbox as it is stored. Its state is not: that follows from the record and the time. */
export type OpenComputerSandboxRecord = StoredRecord & {
  readonly phase: "running" | "hibernated" | "stopped"; // what was last decided; a timeout that ran out is not written here
  readonly activeAtMs: number; // when the idle timer last began anew
  readonly timeoutS: number; // idle timeout in seconds, 0 never
  readonly template: string;
  readonly region: string;
  readonly workerID: string;
  readonly cpuCount: number;
  readonly memoryMB: number;
  readonly sizes?: readonly (readonly [untilMs: number, memoryMB: number])[]; // that it had before, where it was scaled
  readonly diskMB?: number; // where it has more than every sandbox has
  readonly tags: Readonly<Record<string, string>>;
  readonly tagsUpdatedAtMs: number | undefined; // undefined while there are none
  readonly tokenHash: string | undefined; // SHA-256 of the preview token in hexadecimal; undefined where there is no gate
  readonly previews: readonly PreviewRecord[]; // by port
  readonly envs?: Readonly<Record<string, string>>; // of its commands; not there where it has none
  readonly turnsAtMs?: readonly number[]; // when it stopped running and ran again, in turn; not there where it has run all along
  readonly stoppedAtMs?: number;
  readonly secretStoreId?: string; // the store that it was created with
  readonly scaling?: { readonly locked: boolean; readonly range?: readonly [minMB: number, maxMB: number] };
  readonly profile?: ProfileState;
  /** What it was made from, if from a checkpoint, and the last of that one's scripts that it has had. */
  readonly origin?: { readonly checkpointId: string; readonly patched: number; readonly error?: string };
};

/** What a profile has to remember of a sandbox, which the contract does not. */
export type ProfileState = {
  readonly endedAtMs?: number; // when it was killed first
  readonly readsAsStopped?: boolean; // whether one that was killed in its sleep is to be read as stopped
};

/** A listed port. */
export type PreviewRecord = {
  readonly id: string;
  readonly port: number;
  readonly authConfig: Readonly<Record<string, unknown>>;
  readonly createdAtMs: number;
};

export type SandboxState = "running" | "hibernated" | "stopped";

export const sandboxTable: TableName<OpenComputerSandboxRecord> = { name: "opencomputer/sandboxes" };

/** The idle timeout of a create that names none, in seconds. */
export const defaultTimeoutS = 300;

/** When a running sandbox hibernates if nothing happens, in milliseconds since the epoch; neverMs for never. */
export function idleAtMs({ activeAtMs, timeoutS }: Pick<OpenComputerSandboxRecord, "activeAtMs" | "timeoutS">): number {
  return timeoutS === 0 ? neverMs : activeAtMs + timeoutS * 1000;
}

/** What is decided on a record in its present state: the fields to change, if any, and the answer that refuses, if one does. */
export type Decision = { readonly change?: Partial<OpenComputerSandboxRecord>; readonly refusal?: Answer };

/** The state of a sandbox at a time. */
export function sandboxStateAt(record: OpenComputerSandboxRecord, nowMs: number): SandboxState {
  return record.phase === "running" && nowMs >= idleAtMs(record) ? "hibernated" : record.phase;
}

/**
 * The record with some fields changed, as the next version. Whether it counts as live is worked out anew.
 *
 * @param nowMs - when; a change that is activity says so itself
 */
export function changeSandbox(
  record: OpenComputerSandboxRecord,
  change: Partial<OpenComputerSandboxRecord>,
  nowMs = change.activeAtMs ?? record.activeAtMs,
): OpenComputerSandboxRecord {
  const next = { ...record, ...change, ...turn(record, change.phase, nowMs), version: record.version + 1 };
  return { ...next, liveUntilMs: next.phase === "running" ? idleAtMs(next) : 0 };
}

/** Notes when a sandbox ran and when it did not, for what it costs. */
function turn(
  record: OpenComputerSandboxRecord,
  phase: OpenComputerSandboxRecord["phase"] | undefined,
  nowMs: number,
): Pick<OpenComputerSandboxRecord, "turnsAtMs" | "stoppedAtMs"> {
  const { turnsAtMs = [] } = record;
  const from = sandboxStateAt(record, nowMs);
  if (phase === undefined || record.phase === "stopped" || (phase === from && phase === record.phase)) return {};
  const idle = record.phase === "running" && from === "hibernated" ? [idleAtMs(record)] : [];
  const changed = (from === "running") !== (phase === "running") ? [nowMs] : [];
  return { turnsAtMs: [...turnsAtMs, ...idle, ...changed], ...(phase === "stopped" ? { stoppedAtMs: nowMs } : {}) };
}

/** When a sandbox ran up to a time, and when it was stored as hibernated. */
export function spansOf(record: OpenComputerSandboxRecord, nowMs: number) {
  const { createdAtMs, turnsAtMs = [], phase, stoppedAtMs } = record;
  const idle = phase === "running" && idleAtMs(record) <= nowMs ? [idleAtMs(record)] : [];
  const ends = [createdAtMs, ...turnsAtMs, ...idle, stoppedAtMs ?? nowMs];
  const spans = ends.slice(1).map((toMs, at) => ({ fromMs: ends[at]!, toMs }));
  return {
    running: spans.filter((_, at) => at % 2 === 0),
    hibernated: spans.filter(({ fromMs, toMs }, at) => at % 2 === 1 && fromMs < toMs),
  };
}

/** When a sandbox ran up to a time, and with how much memory. */
export function sizedSpansOf(record: OpenComputerSandboxRecord, nowMs: number) {
  const ends = [...(record.sizes ?? []), [neverMs, record.memoryMB] as const];
  return spansOf(record, nowMs).running.flatMap(({ fromMs, toMs }) =>
    ends
      .map(([untilMs, memoryMB], at) => {
        const sinceMs = ends[at - 1]?.[0] ?? 0;
        return { fromMs: Math.max(fromMs, sinceMs), toMs: Math.min(toMs, untilMs), memoryMB };
      })
      .filter((span) => span.fromMs < span.toMs),
  );
}

export type SandboxView = components["schemas"]["Sandbox"];

/** A sandbox as its organisation sees it. */
export function viewSandbox(
  record: OpenComputerSandboxRecord,
  state: SandboxState,
  sandboxDomain: string,
): SandboxView {
  const view: SandboxView = {
    sandboxID: record.id,
    status: state,
    region: record.region,
    workerID: record.workerID,
    template: record.template,
    startedAt: formatTime(record.createdAtMs),
    sandboxDomain,
    tags: record.tags,
    tagsLastUpdatedAt: formatTagTime(record.tagsUpdatedAtMs),
  };
  if (state === "hibernated") delete view.workerID;
  if (record.origin?.error !== undefined) view.patchError = record.origin.error;
  return view;
}
