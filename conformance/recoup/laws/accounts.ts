import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { Unjudged } from "../../kit/law/unjudged.ts";
import { ask, harmlessCommand, idsOf, list, listRuns } from "../readings.ts";
import { sandboxesOf } from "../../kit/law/families/scenario.ts";
import { sharedRun } from "../shared.ts";
import { judgeRefused } from "./creates-nothing.ts";
import { pointer } from "../operations.ts";

const accountId = "#/components/schemas/CreateSandboxRequest/properties/account_id";

/** Which key may act for which account. */
export const accounts: readonly Law[] = [
  {
    id: "recoup/create/own-account",
    requirement: "MUST",
    statement: "accept the caller's own account_id, and make the sandbox as without it",
    source: accountId,
    operations: ["createSandbox", "listSandboxes", "listTaskRuns"],
    needs: [],
    sandboxes: { ...sandboxesOf(sharedRun), fresh: 1 },
    check: async (run) => {
      const account = await ownAccount(run);
      const json = { account_id: account, ...harmlessCommand, args: [], cwd: "/" };
      const exchange = await ask(run, { operation: "createSandbox", json });
      const { status } = exchange.response;
      if (!isSuccess(exchange))
        return { reason: `a create for the caller's own account was answered ${status}`, exchange };
      const id = run.contract.create.idsIn(exchange)[0];
      const listing = await list(run);
      if (id === undefined || idsOf(listing.sandboxes).includes(id)) return undefined;
      return {
        reason: `${id} was made for the caller's own account, which does not list it`,
        exchange: listing.exchange,
      };
    },
  },
  {
    id: "recoup/create/member-account",
    requirement: "MUST",
    statement: "make the sandbox for the account_id that the caller may act for",
    source: accountId,
    operations: ["createSandbox", "listSandboxes"],
    needs: ["memory", "member-account"],
    sandboxes: { ...noSandboxes, creates: 1 },
    check: async (run) => {
      const account_id = run.inputs.memberAccount!;
      const exchange = await ask(run, { operation: "createSandbox", json: { account_id } });
      const { status } = exchange.response;
      if (!isSuccess(exchange)) return { reason: `a create for a member was answered ${status}`, exchange };
      const id = run.contract.create.idsIn(exchange)[0];
      if (id === undefined) return undefined;
      // Whether the caller's own list has it too no source says: the key may be an organisation's.
      const members = await list(run, { query: { account_id } });
      if (idsOf(members.sandboxes).includes(id)) return undefined;
      return { reason: `${id} was made for a member, whose list lacks it`, exchange: members.exchange };
    },
  },
  {
    id: "recoup/create/foreign-account",
    requirement: "MUST",
    statement: "answer a create for an account out of the caller's reach with 403, and create nothing",
    source: pointer("createSandbox", "responses", "403"),
    operations: ["createSandbox", "listSandboxes"],
    needs: ["memory", "foreign-account"],
    sandboxes: noSandboxes,
    check: async (run) => {
      const call = { operation: "createSandbox", json: { account_id: run.inputs.foreignAccount! } };
      const exchange = await ask(run, call);
      const { status } = exchange.response;
      if (status !== 403)
        return { reason: `a create for a stranger's account was answered ${status}, not 403`, exchange };
      return judgeRefused(run, call);
    },
  },
  ...(["listSandboxes", "listTaskRuns"] as const).map((operation): Law => ({
    id: operation === "listSandboxes" ? "recoup/list/foreign-account" : "recoup/list-runs/foreign-account",
    requirement: "MUST",
    statement: `answer ${operation} for an account out of the caller's reach with 403`,
    source: pointer(operation, "responses", "403"),
    operations: [operation],
    needs: ["memory", "foreign-account"],
    sandboxes: noSandboxes,
    check: async (run) => {
      const exchange = await run.send({ operation, query: { account_id: run.inputs.foreignAccount! } });
      const { status } = exchange.response;
      return status === 403
        ? undefined
        : { reason: `${operation} for a stranger's account was answered ${status}, not 403`, exchange };
    },
  })),
];

/** The caller's own account, which only the tags of a run tell. */
async function ownAccount(run: LawRun): Promise<string> {
  const { runId } = (await run.play(sharedRun)).record;
  const { runs } = await listRuns(run, { query: { runId } });
  const tags: unknown = runs[0]?.["tags"];
  const account = (Array.isArray(tags) ? tags : [])
    .flatMap((tag) => (typeof tag === "string" && tag.startsWith("account:") ? [tag.slice("account:".length)] : []))
    .at(0);
  if (account === undefined) {
    throw new Unjudged("input-missing", "it needs the key's own account, which no tag of a run tells here");
  }
  return account;
}
