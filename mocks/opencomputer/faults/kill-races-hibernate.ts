import type { Answer } from "../../kit/exchange.ts";
import type { Fault } from "../../kit/fault.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import { updateRecord } from "../../kit/table.ts";
import { findSandbox, type OpenComputerParts } from "../parts.ts";
import { changeSandbox } from "../sandbox.ts";

// What each of the two finds when the other came between its looking and its writing, and what it answers all the same.
const overtakenBy: Readonly<Record<string, string>> = { killSandbox: "hibernated", hibernateSandbox: "stopped" };
const success: Readonly<Record<string, (sandboxID: string) => Answer>> = {
  killSandbox: () => ({ status: 204 }),
  hibernateSandbox: (sandboxID) => ({ status: 200, json: { sandboxID, status: "hibernated" } }),
};

/** Each looks, works for a while, and the later one puts back what it had found. */
export const killRacesHibernate: Fault<OpenComputerParts> = {
  id: "kill-races-hibernate",
  alias: "G3",
  contract: "opencomputer",
  summary: "leaves a sandbox running when kill and hibernate race, though both report success",
  shows: "create, kill and hibernate at once, get",
  options: { ms: { default: 100, meaning: "milliseconds of real time between looking and writing" } },
  wrap: (parts, { fires, options, sleep }) =>
    wrapHandlers(parts, Object.keys(overtakenBy), (inner) => async (call, whole) => {
      const { id: operation } = call.operation;
      const before = await findSandbox(call, whole);
      if (before?.state !== "running") return inner(call, whole);
      await sleep(options["ms"]!);
      const after = await findSandbox(call, whole);
      if (after?.state !== overtakenBy[operation] || !fires(operation)) return inner(call, whole);
      const { id, phase, previews } = before.record;
      await updateRecord(whole.sandboxes(call.world), id, (record) =>
        changeSandbox(record, { phase, previews }, call.nowMs),
      );
      return success[operation]!(id);
    }),
};
