import type { Fault } from "../../kit/fault.ts";
import { acceptBodies, readMembers } from "../../kit/faults/accept-bodies.ts";
import type { RecoupParts } from "../parts.ts";

export const anyAccountIdIsAccepted: Fault<RecoupParts> = {
  id: "malformed-account-id-accepted",
  alias: "B5",
  contract: "recoup",
  summary: "accepts a create with an `account_id` that is no UUID, as if there were none",
  shows: 'create with the account_id "me"',
  wrap: (parts, { fires }) =>
    acceptBodies(parts, fires, "createSandbox", (text) => {
      const { account_id: accountId, ...rest } = readMembers(text);
      return typeof accountId === "string" ? { judged: rest, taken: rest } : undefined;
    }),
};
