import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import { operations } from "../../../generated/recoup/operations.ts";
import { requestBodies } from "../../../generated/recoup/validators.js";
import { brokenInputLaw, nullMemberLaw } from "../../kit/law/families/broken-input.ts";
import { malformedBodyLaw } from "../../kit/law/families/malformed-body.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import { requestBodySchema } from "../../kit/law/schema.ts";
import { schemaSites } from "../../kit/input/schema-site.ts";
import type { SchemaSite } from "../../kit/input/schema-site.ts";
import { pointer } from "../operations.ts";

const body = requestBodySchema(document, operations.createSandbox);

/** Every rule of the create body that a request can break. */
export const createSites: readonly SchemaSite[] =
  body === undefined ? [] : schemaSites(document, { ...body, evidence: operations.createSandbox.evidence });

type Rule = Pick<Law, "id" | "requirement" | "statement" | "source"> & {
  readonly holds: (site: SchemaSite) => boolean;
};

const schema = "#/components/schemas/CreateSandboxRequest";

/** Each site belongs to exactly one of these: a test counts. All are the seed's. */
export const createRules: readonly Rule[] = [
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

export const brokenInput: readonly Law[] = [
  malformedBodyLaw({
    id: "recoup/create/malformed-json",
    operation: "createSandbox",
    requirement: "MUST",
    statement: "refuse a create whose body is not JSON with a documented 4xx",
    source: pointer("createSandbox", "requestBody"),
    sandboxes: noSandboxes,
  }),
  ...createRules.map(({ holds, ...rule }) =>
    brokenInputLaw({
      ...rule,
      operation: "createSandbox",
      document,
      sites: createSites.filter(holds),
      base: {},
      validate: requestBodies.createSandbox,
      bodyRequired: body?.required === true,
      sandboxes: noSandboxes,
    }),
  ),
  nullMemberLaw({
    id: "recoup/create/null-member",
    operation: "createSandbox",
    // Types are the seed's; that null is no value of them is what many servers do not read there.
    requirement: "SHOULD",
    statement: "refuse a create with null for a member that may be left out with a documented 4xx",
    source: "#/components/schemas/CreateSandboxRequest",
    sites: createSites,
    base: {},
    validate: requestBodies.createSandbox,
    sandboxes: noSandboxes,
  }),
];
