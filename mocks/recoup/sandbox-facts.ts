import type { SandboxFacts, TimedState } from "../kit/sandbox-facts.ts";
import { neverMs } from "../kit/table.ts";
import { type RecoupSandboxRecord, sandboxStateAt, sandboxTable } from "./sandbox.ts";

/** What an inspector and a log say of Recoup's sandboxes. */
export const sandboxes: SandboxFacts<RecoupSandboxRecord> = {
  table: sandboxTable,
  idPattern: /\bsbx_\w+/,
  firstState: "pending",
  stateAfter: {}, // no call changes one
  isLeak: () => false, // no call ends one, and each ends by itself
  spansOf: ({ createdAtMs, bootMs, timeoutMs, failedAtMs = neverMs, profile }, nowMs) => {
    const fromMs = createdAtMs + bootMs;
    const toMs = Math.min(nowMs, createdAtMs + timeoutMs, failedAtMs, profile?.snapshotAtMs ?? neverMs);
    return { running: toMs < fromMs ? [] : [{ fromMs, toMs }], hibernated: [] };
  },
  at: (record, nowMs) => {
    const { createdAtMs, bootMs, timeoutMs, graceMs, failedAtMs = neverMs } = record;
    const usual: readonly TimedState[] = [
      { state: "running", fromMs: createdAtMs + bootMs, rule: `booted for ${bootMs} ms` },
      { state: "stopping", fromMs: createdAtMs + timeoutMs, rule: `timeout of ${timeoutMs / 1000} s` },
      { state: "stopped", fromMs: createdAtMs + timeoutMs + graceMs, rule: `stopping for ${graceMs / 1000} s` },
    ];
    const failed = failedAtMs < neverMs ? [{ state: "failed", fromMs: failedAtMs, rule: "a fault" }] : [];
    return {
      state: sandboxStateAt(record, nowMs),
      timed: [...usual.filter(({ fromMs }) => fromMs < failedAtMs), ...failed],
    };
  },
};
