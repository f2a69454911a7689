import type { Fault } from "../../kit/fault.ts";
import { alterParts } from "../../kit/faults/alter-parts.ts";
import { listOfAll } from "../../kit/faults/list-of-all.ts";
import type { World } from "../../kit/world.ts";
import type { RecoupParts } from "../parts.ts";
import { runTable } from "../run.ts";

export const othersCanRead: Fault<RecoupParts> = {
  id: "other-tenant-can-read",
  alias: "E2",
  contract: "recoup",
  summary: "lets an account read a sandbox or run of another organisation by its id",
  shows: "create as one account, list as another organisation with `sandbox_id`",
  wrap: (parts, { fires }) =>
    alterParts(parts, fires, ["listSandboxes", "listTaskRuns"], (whole, shows) => ({
      ...whole,
      findSandbox: async (world, accountId, id) => {
        const own = await whole.findSandbox(world, accountId, id);
        if (own !== undefined) return own;
        const foreign = await whole.sandboxes(world).get(id);
        return foreign !== undefined && shows() ? foreign : undefined;
      },
      findRun: async (world, caller, id) => {
        const own = await whole.findRun(world, caller, id);
        if (own !== undefined) return own;
        const foreign = await world.table(runTable).get(id);
        return foreign !== undefined && shows() ? foreign : undefined;
      },
    })),
};

export const listsHoldAll: Fault<RecoupParts> = {
  id: "list-shows-all-tenants",
  alias: "E4",
  contract: "recoup",
  summary: "lists every account's sandboxes and runs",
  shows: "create as one account, list as another organisation",
  wrap: (parts, { fires }) =>
    alterParts(parts, fires, ["listSandboxes", "listTaskRuns"], (whole, shows) => ({
      ...whole,
      sandboxes: (world) => listOfAll(whole.sandboxes(world), accountIds(world), shows),
      runs: (world) => listOfAll(whole.runs(world), accountIds(world), shows),
    })),
};

function accountIds({ tenants }: World): readonly string[] {
  return tenants.filter(({ contract }) => contract === "recoup").map(({ id }) => id);
}
