import type { SandboxFacts } from "../kit/sandbox-facts.ts";
import { neverMs } from "../kit/table.ts";
import { idleAtMs, type OpenComputerSandboxRecord, sandboxStateAt, sandboxTable, spansOf } from "./sandbox.ts";
import { settings } from "./settings.ts";

/** What an inspector and a log say of OpenComputer's sandboxes. */
export const sandboxes: SandboxFacts<OpenComputerSandboxRecord> = {
  table: sandboxTable,
  idPattern: /\bsb-[0-9a-f]+/,
  firstState: "running",
  stateAfter: { hibernateSandbox: "hibernated", wakeSandbox: "running", killSandbox: "stopped" },
  at: (record, nowMs) => {
    const fromMs = idleAtMs(record);
    const isTimed = record.phase === "running" && fromMs < neverMs;
    return {
      state: sandboxStateAt(record, nowMs),
      timed: isTimed ? [{ state: "hibernated", fromMs, rule: `idle for ${record.timeoutS} s` }] : [],
      gated: record.tokenHash !== undefined,
      ports: record.previews.map(({ port }) => port),
      tags: record.tags,
    };
  },
  spansOf,
  isLeak: (record, nowMs) => sandboxStateAt(record, nowMs) !== "stopped",
  quotaOf: (world, tenant) => settings.of(world, tenant).quota,
};
