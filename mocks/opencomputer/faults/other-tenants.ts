import type { Fault, Fires } from "../../kit/fault.ts";
import { alterParts } from "../../kit/faults/alter-parts.ts";
import { listOfAll } from "../../kit/faults/list-of-all.ts";
import type { OpenComputerParts } from "../parts.ts";

export const othersCanRead: Fault<OpenComputerParts> = {
  id: "other-tenant-can-read",
  alias: "E2",
  contract: "opencomputer",
  summary: "lets an organisation read another's sandbox by its id",
  shows: "create as one organisation, get as the other",
  wrap: (parts, { fires }) =>
    findEverywhere(parts, fires, ["getSandbox", "getSandboxTags", "listPreviews", "readFile", "runCommand"]),
};

export const othersCanKill: Fault<OpenComputerParts> = {
  id: "other-tenant-can-kill",
  alias: "E3",
  contract: "opencomputer",
  summary: "lets an organisation kill another's sandbox",
  shows: "create as one organisation, delete as the other, get as the first",
  wrap: (parts, { fires }) => findEverywhere(parts, fires, ["killSandbox"]),
};

/** Lets some operations find a sandbox of any organisation. */
export function findEverywhere(
  parts: OpenComputerParts,
  fires: Fires,
  operations: readonly string[],
): OpenComputerParts {
  return alterParts(parts, fires, operations, (whole, shows) => ({
    ...whole,
    find: async (world, organisationId, id) => {
      const own = await whole.find(world, organisationId, id);
      if (own !== undefined) return own;
      const foreign = await whole.sandboxes(world).get(id);
      return foreign !== undefined && shows() ? foreign : undefined;
    },
  }));
}

export const listHoldsAll: Fault<OpenComputerParts> = {
  id: "list-shows-all-tenants",
  alias: "E4",
  contract: "opencomputer",
  summary: "lists every organisation's sandboxes",
  shows: "create as one organisation, list as the other",
  wrap: (parts, { fires }) =>
    alterParts(parts, fires, ["listSandboxes"], (whole, shows) => ({
      ...whole,
      sandboxes: (world) => {
        const tenants = world.tenants.filter(({ contract }) => contract === "opencomputer");
        return listOfAll(
          whole.sandboxes(world),
          tenants.map(({ id }) => id),
          shows,
        );
      },
    })),
};
