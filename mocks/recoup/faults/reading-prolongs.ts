import type { Fault } from "../../kit/fault.ts";
import { alterParts } from "../../kit/faults/alter-parts.ts";
import { updateRecord } from "../../kit/table.ts";
import type { RecoupParts } from "../parts.ts";
import type { RecoupSandboxRecord } from "../sandbox.ts";

const prolongedByMs = 60_000;

/** The deadline really moves, so a sandbox that is read often enough never stops. */
export const readingProlongs: Fault<RecoupParts> = {
  id: "reading-prolongs-timeout",
  alias: "D5",
  contract: "recoup",
  summary: "gives a sandbox one more minute each time it is read",
  shows: "create, list, list",
  wrap: (parts, { fires }) =>
    alterParts(parts, fires, ["listSandboxes"], (whole, shows, { world, nowMs }) => {
      const prolong = async (record: RecoupSandboxRecord): Promise<RecoupSandboxRecord> => {
        if (nowMs >= record.createdAtMs + record.timeoutMs || !shows()) return record;
        const prolonged = await updateRecord(whole.sandboxes(world), record.id, (current) => ({
          ...current,
          version: current.version + 1,
          timeoutMs: current.timeoutMs + prolongedByMs,
          liveUntilMs: current.liveUntilMs + prolongedByMs,
        }));
        return prolonged!;
      };
      return {
        ...whole,
        findSandbox: async (...args) => {
          const record = await whole.findSandbox(...args);
          return record && prolong(record);
        },
        sandboxes: () => {
          const table = whole.sandboxes(world);
          return { ...table, list: async (...args) => Promise.all((await table.list(...args)).map(prolong)) };
        },
      };
    }),
};
