import type { Operation } from "../../src/contract/operation.ts";
import document from "../../generated/opencomputer/openapi.json" with { type: "json" };
import { operations } from "../../generated/opencomputer/operations.ts";
import * as deviations from "../../generated/opencomputer/profiles.ts";
import { requestBodies, responseBodies } from "../../generated/opencomputer/validators.js";
import type { JudgedContract, ModelOfContract } from "../kit/run/judged-contract.ts";
import { companionsOf } from "../kit/run/missing-operation.ts";
import { isObject } from "../kit/law/schema.ts";
import { createJudge } from "../kit/model/judge.ts";
import { lawsByModel } from "../kit/run/judge-recording.ts";
import { laws } from "./laws/index.ts";
import { groupOf } from "./operations.ts";
import { commandsIn } from "./model/inside.ts";
import { printingCommands } from "../kit/law/command-line.ts";
import { exploration } from "./model/exploration.ts";
import { createdIn } from "./model/views.ts";
import { clauseIds, clauses, createOpenComputerModel } from "./model/index.ts";

/** Seconds. Longer than any run that only looks; the sandboxes are killed at its end, this is for runs that die. */
const sharedTimeout = 120;

/** Each acts on one thing, and a run touches its own only. */
const ofOwnThings = Object.values<Operation>(operations)
  .filter((operation) => groupOf(operation) !== "account")
  .map(({ id }) => id);

const model: ModelOfContract = {
  createJudge: (options) => createJudge(createOpenComputerModel(options)),
  clauses,
  ids: clauseIds,
  exploration,
};

export const opencomputer: JudgedContract = {
  name: "opencomputer",
  document,
  operations: Object.values<Operation>(operations),
  requestBodies,
  responseBodies,
  keyHeader: "X-API-Key",
  profiles: {
    core: ["createSandbox", "rotatePreviewToken", "getSandbox", "killSandbox"],
    deployment: ofOwnThings,
    full: Object.keys(operations),
  },
  programs: { of: commandsIn, harmless: printingCommands },
  // Each token that is made replaces the one before, so the last one told is the one that holds.
  repeatable: {
    killSandbox: [404, 410],
    setSandboxTimeout: [],
    hibernateSandbox: [],
    wakeSandbox: [404],
    replaceSandboxTags: [],
    createPreview: [200],
    deletePreview: [404],
    rotatePreviewToken: [],
  },
  companions: companionsOf(operations),
  previews: {
    template: "{id}-p{port}.{domain}",
    domainIn: ({ response: { json } }) =>
      isObject(json) && typeof json["sandboxDomain"] === "string" && json["sandboxDomain"] !== ""
        ? json["sandboxDomain"]
        : undefined,
  },
  probeOperation: "listSandboxes",
  create: {
    operation: "createSandbox",
    others: ["forkCheckpoint"],
    body: { timeout: sharedTimeout },
    idsIn: (exchange) => {
      const id = createdIn(exchange)?.["sandboxID"];
      return typeof id === "string" ? [id] : [];
    },
    isRefusal: ({ response: { body } }) => /^event: error$/m.test(body),
    shortest: (timeoutS) => ({ timeout: timeoutS }),
    quotaIn: ({ operation, response: { status, json } }) =>
      ["createSandbox", "forkCheckpoint"].includes(operation) &&
      status === 429 &&
      isObject(json) &&
      Number.isInteger(json["limit"])
        ? Number(json["limit"])
        : undefined,
    strayLaws: ["opencomputer/create/preview-auth-first", "opencomputer/create/refusal-creates-nothing"],
  },
  list: {
    operation: "listSandboxes",
    entriesIn: ({ response: { json } }) =>
      Array.isArray(json)
        ? json.filter(isObject).map(({ sandboxID, startedAt, status }) => ({
            id: String(sandboxID),
            startedAtMs: Date.parse(String(startedAt)),
            isAlive: status !== "stopped",
          }))
        : undefined,
  },
  reap: {
    by: "delete",
    operation: "killSandbox",
    revivals: ["wakeSandbox"],
    look: {
      operation: "getSandbox",
      isGone: ({ response: { status, json } }) =>
        status === 404 || status === 410 || (isObject(json) && json["status"] === "stopped"),
    },
  },
  secretFields: ["previewAuthToken", "token", "secret"],
  isId: (text) => /^sb-[0-9a-z-]{1,50}$/.test(text), // with its port it is one label of a host name
  absentId: (hex) => `sb-${hex}`,
  laws: lawsByModel(laws, model),
  model,
  deviations,
};
