import { judgeAnswer } from "../../kit/law/answer.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import { levelAt } from "../level.ts";
import { statusOf } from "../readings.ts";
import { answerIn, operationIds, pointer, slugs, takesSandbox, validCall } from "../operations.ts";

/** A sandbox that never was is not found, whatever is asked of it. Reading one has a law of its own already. */
export const unknownIds: readonly Law[] = operationIds
  .filter((operation) => takesSandbox(operation) && operation !== "getSandbox")
  .map((operation) => {
    const status = answerIn(operation, "unknown");
    const source = pointer(operation, "responses", String(status));
    return {
      id: `opencomputer/${slugs[operation]}/unknown-id`,
      requirement: levelAt(source),
      statement: `answer ${operation} on a sandbox that never was with ${status} and the documented error`,
      source,
      operations: [operation],
      needs: ["memory"],
      sandboxes: noSandboxes,
      check: async (run) => {
        const exchange = await run.send({ ...validCall(operation, run.absentId()), operation });
        const seen = statusOf(exchange);
        if (seen !== status) return { reason: `an id that never was is answered ${seen}, not ${status}`, exchange };
        const reason = judgeAnswer(run.contract, exchange);
        return reason === undefined ? undefined : { reason, exchange };
      },
    };
  });
