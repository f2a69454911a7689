import type { Fault } from "../../kit/fault.ts";
import { alterParts, wrapHandlers } from "../../kit/faults/alter-parts.ts";
import type { Table } from "../../kit/table.ts";
import type { OpenComputerParts } from "../parts.ts";
import type { OpenComputerSandboxRecord } from "../sandbox.ts";

type Insert = Table<OpenComputerSandboxRecord>["insert"];

export const stoppedStillCounts: Fault<OpenComputerParts> = {
  id: "stopped-counts-in-quota",
  alias: "C13",
  contract: "opencomputer",
  summary: "still counts a stopped sandbox against the quota",
  shows: "create up to the cap, kill one, create",
  wrap: (parts, { fires }) =>
    alterParts(parts, fires, ["createSandbox"], (whole, shows) => ({
      ...whole,
      sandboxes: (world) => {
        const table = whole.sandboxes(world);
        const insert: Insert = async (record, quota) => {
          if (quota === undefined) return table.insert(record);
          const all = await table.list(record.tenantId, { limit: Infinity });
          const stopped = all.filter(({ phase }) => phase === "stopped").length;
          const live = await table.countLive(record.tenantId, quota.nowMs);
          const isFull = stopped > 0 && live < quota.limit && live + stopped >= quota.limit;
          return isFull && shows() ? { kind: "quota-full", active: live + stopped } : table.insert(record, quota);
        };
        return { ...table, insert };
      },
    })),
};

/** The cap is looked at first and the place taken later, so creates that come together all find room. */
export const parallelCreatesOvershoot: Fault<OpenComputerParts> = {
  id: "parallel-creates-exceed-quota",
  alias: "G1",
  contract: "opencomputer",
  summary: "lets parallel creates go over the cap",
  shows: "more creates than the cap at once",
  options: { ms: { default: 100, meaning: "milliseconds of real time between looking and taking" } },
  wrap: (parts, { fires, options, sleep }) =>
    alterParts(parts, fires, ["createSandbox"], (whole, shows) => ({
      ...whole,
      sandboxes: (world) => {
        const table = whole.sandboxes(world);
        const insert: Insert = async (record, quota) => {
          if (quota === undefined || !shows()) return table.insert(record, quota);
          const active = await table.countLive(record.tenantId, quota.nowMs);
          if (active >= quota.limit) return { kind: "quota-full", active };
          await sleep(options["ms"]!);
          return table.insert(record);
        };
        return { ...table, insert };
      },
    })),
};

// The caller is at fault in these, and known. A create that the quota itself refuses never had a place.
const refusedStatuses = new Set([400, 403, 404, 413]);

export const refusedCreateKeepsPlace: Fault<OpenComputerParts> = {
  id: "refused-create-keeps-place",
  alias: "G5",
  contract: "opencomputer",
  summary: "keeps a place in the quota for each create that it refuses",
  shows: "as many bad creates as the cap, then a good one",
  wrap: (parts, { fires }) => {
    const kept = new Map<string, number>(); // by tenant
    const counting = wrapHandlers(parts, ["createSandbox"], (inner) => (call, whole) => {
      const places = kept.get(call.tenant.id) ?? 0;
      return inner(call, places === 0 ? whole : withFewerPlaces(whole, places));
    });
    return {
      ...counting,
      finish: async (answer, exchange) => {
        const isRefusedCreate = exchange.operation.id === "createSandbox" && refusedStatuses.has(answer.status);
        const caller = isRefusedCreate ? parts.authenticate(exchange) : undefined;
        if (caller !== undefined && "value" in caller && fires("createSandbox")) {
          kept.set(caller.value.id, (kept.get(caller.value.id) ?? 0) + 1);
        }
        return parts.finish(answer, exchange);
      },
    };
  },
};

function withFewerPlaces(whole: OpenComputerParts, places: number): OpenComputerParts {
  return {
    ...whole,
    sandboxes: (world) => {
      const table = whole.sandboxes(world);
      const insert: Insert = async (record, quota) => {
        if (quota === undefined) return table.insert(record);
        const outcome = await table.insert(record, { ...quota, limit: quota.limit - places });
        return outcome.kind === "quota-full" ? { ...outcome, active: outcome.active + places } : outcome;
      };
      return { ...table, insert };
    },
  };
}
