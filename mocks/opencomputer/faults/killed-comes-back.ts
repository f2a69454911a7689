import type { Fault } from "../../kit/fault.ts";
import { alterParts } from "../../kit/faults/alter-parts.ts";
import type { Table } from "../../kit/table.ts";
import type { OpenComputerParts } from "../parts.ts";
import type { OpenComputerSandboxRecord } from "../sandbox.ts";

type LostKill = OpenComputerSandboxRecord & { readonly backAtMs?: number | undefined };

const atOnceMs = 2_000; // how soon after its creation a kill is lost
const backMs = 2_000; // how long it holds

/** The kill is overtaken by the boot, as where the two are written by different machines. */
export const killedComesBack: Fault<OpenComputerParts> = {
  id: "killed-comes-back",
  alias: "C5",
  contract: "opencomputer",
  summary: "lets a sandbox that is killed right after its creation come back two seconds later",
  shows: "create, kill at once, wait two seconds, list",
  wrap: (parts, { fires }) => {
    const stateAt: OpenComputerParts["stateAt"] = (record, nowMs) =>
      isBack(record, nowMs)
        ? parts.stateAt({ ...record, ...runningSince(record) }, nowMs)
        : parts.stateAt(record, nowMs);
    const forgetful: OpenComputerParts = {
      ...parts,
      stateAt,
      sandboxes: (world) =>
        listingAlso(parts.sandboxes(world), (record, nowMs) => {
          return isBack(record, nowMs) && stateAt(record, nowMs) === "running";
        }),
    };
    return alterParts(forgetful, fires, ["killSandbox"], (whole, shows, { nowMs }) => ({
      ...whole,
      sandboxes: (world) => {
        const table = whole.sandboxes(world);
        const replace = (current: OpenComputerSandboxRecord, next: OpenComputerSandboxRecord) => {
          const isLost = current.phase === "running" && nowMs - current.createdAtMs < atOnceMs && shows();
          const marked: LostKill = { ...next, backAtMs: isLost ? nowMs + backMs : undefined };
          return table.replace(current, marked);
        };
        return { ...table, replace };
      },
    }));
  },
};

function isBack(record: LostKill, nowMs: number): boolean {
  return record.phase === "stopped" && record.backAtMs !== undefined && nowMs >= record.backAtMs;
}

function runningSince({ backAtMs }: LostKill) {
  return { phase: "running", activeAtMs: backAtMs! } as const;
}

/** The same table, whose lists of what is live also hold what else is live by this. */
function listingAlso(
  table: Table<OpenComputerSandboxRecord>,
  isLive: (record: OpenComputerSandboxRecord, nowMs: number) => boolean,
): Table<OpenComputerSandboxRecord> {
  return {
    ...table,
    list: async (tenantId, options) => {
      const { liveAtMs, limit } = options;
      if (liveAtMs === undefined) return table.list(tenantId, options);
      const all = await table.list(tenantId, { limit: Infinity });
      return all.filter((record) => record.liveUntilMs > liveAtMs || isLive(record, liveAtMs)).slice(0, limit);
    },
  };
}
