import type { Fault } from "../../kit/fault.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import type { OpenComputerParts } from "../parts.ts";

export const createAnswers200: Fault<OpenComputerParts> = {
  id: "create-answers-200",
  alias: "A1",
  contract: "opencomputer",
  summary: "answers a create with 200 instead of 201",
  shows: "create",
  wrap: (parts, { fires }) =>
    wrapHandlers(parts, ["createSandbox"], (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      return answer.status === 201 && fires("createSandbox") ? { ...answer, status: 200 } : answer;
    }),
};
