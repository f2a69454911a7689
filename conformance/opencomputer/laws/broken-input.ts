import document from "../../../generated/opencomputer/openapi.json" with { type: "json" };
import { operations } from "../../../generated/opencomputer/operations.ts";
import { requestBodies } from "../../../generated/opencomputer/validators.js";
import { bodySites, brokenCreateLaws } from "../../kit/law/families/broken-input.ts";
import type { BodyRule } from "../../kit/law/families/broken-input.ts";
import type { Law } from "../../kit/law/law.ts";
import { pointer } from "../operations.ts";

/** Every rule of the create body that a request can break. */
export const createSites = bodySites(document, operations.createSandbox);

const schema = "#/components/schemas";

/** Each site belongs to exactly one of these: a test counts. */
export const createRules: readonly BodyRule[] = [
  {
    id: "opencomputer/create/broken-type",
    requirement: "MUST",
    statement: "refuse a create with a member of the wrong type, or a body that is no object, with a documented 4xx",
    source: `${schema}/CreateSandboxRequest`,
    holds: ({ keyword, evidence }) => evidence === "seed" && keyword === "type",
  },
  {
    id: "opencomputer/create/broken-timeout",
    requirement: "MUST",
    statement: "refuse a create with a negative timeout with a documented 4xx",
    source: `${schema}/CreateSandboxRequest/properties/timeout/minimum`,
    holds: ({ keyword, evidence, path }) => evidence === "seed" && keyword === "minimum" && path[0] === "timeout",
  },
  {
    id: "opencomputer/create/broken-size",
    requirement: "MUST",
    statement: "refuse a create with a cpuCount or memoryMB that no tier has with a documented 4xx",
    source: `${schema}/CreateSandboxRequest/properties`,
    holds: ({ keyword, evidence, path }) => evidence === "seed" && keyword === "enum" && path[0] !== "previewAuth",
  },
  {
    id: "opencomputer/create/tier-mismatch",
    requirement: "MUST",
    statement: "refuse a create whose cpuCount and memoryMB are not a tier together with a documented 4xx",
    source: `${schema}/CreateSandboxRequest/allOf/0`,
    holds: ({ keyword, evidence, path }) => evidence === "seed" && keyword === "anyOf" && path.length === 0,
  },
  {
    id: "opencomputer/create/preview-scheme",
    requirement: "MUST",
    statement: 'refuse a create whose previewAuth.scheme is not "bearer" with a documented 4xx',
    source: `${schema}/PreviewAuth/properties/scheme/enum`,
    holds: ({ keyword, evidence, path }) => evidence === "seed" && keyword === "enum" && path[0] === "previewAuth",
  },
  {
    id: "opencomputer/create/preview-token-length",
    requirement: "MUST",
    statement: "refuse a create whose previewAuth.token is shorter than 16 characters with a documented 4xx",
    source: `${schema}/PreviewAuth/properties/token/anyOf/1/minLength`,
    holds: ({ keyword, evidence, path }) => evidence === "seed" && keyword === "anyOf" && path[0] === "previewAuth",
  },
  {
    id: "opencomputer/create/broken-image",
    requirement: "SHOULD",
    statement: "refuse a create whose image breaks a documented rule with a documented 4xx",
    source: `${schema}/ImageManifest`,
    holds: ({ evidence, path }) => evidence === "docs" && path[0] === "image",
  },
  {
    id: "opencomputer/create/broken-documented",
    requirement: "SHOULD",
    statement: "refuse a create whose diskMB, secretStore or webhooks break a documented rule with a documented 4xx",
    source: `${schema}/CreateSandboxRequest/properties/diskMB`,
    holds: ({ evidence, path }) => evidence === "docs" && path[0] !== "image",
  },
  {
    id: "opencomputer/create/broken-observed",
    requirement: "MAY",
    statement: "refuse a create that breaks a rule which servers were seen to keep with a documented 4xx",
    source: `${schema}/CreateSandboxRequest`,
    holds: ({ evidence }) => evidence === "observed",
  },
];

export const brokenInput: readonly Law[] = brokenCreateLaws({
  prefix: "opencomputer/create",
  operation: operations.createSandbox,
  document,
  sites: createSites,
  rules: createRules,
  base: { timeout: 60 },
  validate: requestBodies.createSandbox,
  malformedSource: pointer("createSandbox", "responses", "400"),
  nullSource: `${schema}/CreateSandboxRequest`,
});
