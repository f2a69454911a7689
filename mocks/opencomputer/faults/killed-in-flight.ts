import { operations } from "../../../generated/opencomputer/operations.ts";
import type { Fault } from "../../kit/fault.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import { updateRecord } from "../../kit/table.ts";
import type { World } from "../../kit/world.ts";
import type { OpenComputerParts } from "../parts.ts";
import { changeSandbox } from "../sandbox.ts";
import { previewRequest } from "../preview-gate.ts";

const operationsOnOne = Object.values(operations)
  .filter(({ id, path }) => path.includes("{id}") && id !== "killSandbox")
  .map(({ id }) => id);

/** What was decided is answered, though it is no longer so. */
export const killedInFlight: Fault<OpenComputerParts> = {
  id: "killed-in-flight",
  contract: "opencomputer",
  summary: "loses the sandbox that a request names before the answer leaves, which is the success that was decided",
  shows: "create, get, get",
  wrap: (parts, { fires }) => {
    const killing = wrapHandlers(parts, operationsOnOne, (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      const isSuccess = answer.status >= 200 && answer.status < 300;
      if (isSuccess && fires(call.operation.id)) await kill(whole, call.world, call.request.params["id"]!);
      return answer;
    });
    return {
      ...killing,
      passGate: async (request, whole) => {
        const refusal = await parts.passGate(request, whole);
        if (refusal === undefined && fires(previewRequest)) await kill(whole, request.world, request.sandboxID);
        return refusal;
      },
    };
  },
};

async function kill(parts: OpenComputerParts, world: World, id: string): Promise<void> {
  await updateRecord(parts.sandboxes(world), id, (record) =>
    record.phase === "stopped" ? record : changeSandbox(record, { phase: "stopped", previews: [] }),
  );
}
