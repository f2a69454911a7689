import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import { operations } from "../../../generated/recoup/operations.ts";
import { requestBodies } from "../../../generated/recoup/validators.js";
import { bodySites, brokenCreateLaws } from "../../kit/law/families/broken-input.ts";
import type { BodyRule } from "../../kit/law/families/broken-input.ts";
import type { Law } from "../../kit/law/law.ts";
import { pointer } from "../operations.ts";

/** Every rule of the create body that a request can break. */
export const createSites = bodySites(document, operations.createSandbox);

const schema = "#/components/schemas/CreateSandboxRequest";

/** Each site belongs to exactly one of these: a test counts. All are the seed's. */
export const createRules: readonly BodyRule[] = [
  {
    id: "recoup/create/broken-type",
    requirement: "MUST",
    statement: "refuse a create with a member of the wrong type, or a body that is no object, with a documented 4xx",
    source: schema,
    holds: ({ keyword }) => keyword === "type",
  },
  {
    id: "recoup/create/empty-text",
    requirement: "MUST",
    statement: "refuse a create with an empty command or prompt with a documented 4xx",
    source: `${schema}/properties/command/minLength`,
    holds: ({ keyword }) => keyword === "minLength",
  },
  {
    id: "recoup/create/account-id-format",
    requirement: "MUST",
    statement: "refuse a create whose account_id is no UUID with a documented 4xx",
    source: `${schema}/properties/account_id/format`,
    holds: ({ keyword }) => keyword === "format",
  },
  {
    id: "recoup/create/command-and-prompt",
    requirement: "MUST",
    statement: "refuse a create with both command and prompt with a documented 4xx",
    source: `${schema}/properties/prompt`,
    holds: ({ keyword }) => keyword === "anyOf",
  },
];

export const brokenInput: readonly Law[] = brokenCreateLaws({
  prefix: "recoup/create",
  operation: operations.createSandbox,
  document,
  sites: createSites,
  rules: createRules,
  base: {},
  validate: requestBodies.createSandbox,
  malformedSource: pointer("createSandbox", "requestBody"),
  nullSource: schema,
});
