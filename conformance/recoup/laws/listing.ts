import { showing } from "../../kit/law/families/scenario.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import { isObject } from "../../kit/law/schema.ts";
import { ask, idsOf, list } from "../readings.ts";
import { pointer } from "../operations.ts";

const accountMembers = ["snapshot_id", "github_repo", "filetree"] as const;

/** What a list holds besides the sandboxes that it was asked for. */
export const listing: readonly Law[] = [
  {
    id: "recoup/list/account-members",
    requirement: "MAY", // optional by the seed
    statement: "tell snapshot_id, github_repo and filetree in every list, be it empty",
    source: "#/components/schemas/SandboxesResponse/required",
    operations: ["listSandboxes"],
    needs: [],
    sandboxes: noSandboxes,
    check: async (run) => {
      for (const query of [{}, { sandbox_id: run.absentId() }]) {
        const { exchange } = await list(run, { query });
        const { json } = exchange.response;
        const missing = accountMembers.filter((member) => !isObject(json) || !(member in json));
        if (missing.length > 0) return { reason: `the list lacks ${missing.join(", ")}`, exchange };
      }
      return undefined;
    },
  },
  {
    id: "recoup/list/empty-sandbox-id",
    requirement: "MAY",
    statement: "list all sandboxes when sandbox_id is empty",
    source: pointer("listSandboxes", "parameters", "0", "description"),
    operations: ["listSandboxes", "createSandbox"],
    needs: [],
    sandboxes: { ...noSandboxes, shared: 2 },
    check: async (run) => {
      const ids = [await run.sharedSandbox(0), await run.sharedSandbox(1)];
      const { exchange, sandboxes } = await list(run, { query: { sandbox_id: "" } });
      const missing = ids.filter((id) => !idsOf(sandboxes).includes(id));
      return missing.length === 0 ? undefined : { reason: `the list lacks ${missing.join(", ")}`, exchange };
    },
  },
  {
    id: "recoup/list/lists-all",
    requirement: "SHOULD",
    statement: "list every sandbox of the account",
    source: pointer("listSandboxes", "responses", "200"),
    operations: ["listSandboxes", "createSandbox"],
    needs: [],
    sandboxes: { ...noSandboxes, shared: 2 },
    check: showing(async (run) => {
      for (const index of [0, 1]) await run.sharedSandbox(index);
      await list(run);
    }),
  },
  {
    id: "recoup/list/any-origin",
    requirement: "MAY",
    statement: "let pages of any origin read its answers",
    source: "#/components/headers/AccessControlAllowOrigin",
    operations: ["listSandboxes"],
    needs: [],
    sandboxes: noSandboxes,
    check: async (run) => {
      for (const credentials of ["own", "none"] as const) {
        const exchange = await ask(run, { operation: "listSandboxes", credentials });
        const origin = exchange.response.headers["access-control-allow-origin"];
        if (origin !== "*") return { reason: `access-control-allow-origin is ${origin ?? "absent"}, not *`, exchange };
      }
      return undefined;
    },
  },
];
