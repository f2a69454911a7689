import type { Fault } from "../../kit/fault.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import { refuse } from "../answers.ts";
import { findSandbox, type OpenComputerParts } from "../parts.ts";

const alreadyThere: Readonly<Record<string, string>> = { hibernateSandbox: "hibernated", wakeSandbox: "running" };

export const repeatIs500: Fault<OpenComputerParts> = {
  id: "repeat-answers-500",
  alias: "C7",
  contract: "opencomputer",
  summary: "fails with 500 when a hibernated sandbox is to hibernate, or a running one to wake",
  shows: "create, hibernate, hibernate",
  wrap: (parts, { fires }) =>
    wrapHandlers(parts, Object.keys(alreadyThere), (inner) => async (call, whole) => {
      const { id } = call.operation;
      const found = await findSandbox(call, whole);
      if (found === undefined || found.state !== alreadyThere[id] || !fires(id)) return inner(call, whole);
      const reason = { rule: "fault repeat-answers-500", message: "the fault is switched on in this world" };
      return refuse(500, `invalid transition from ${found.state}`, reason);
    }),
};
