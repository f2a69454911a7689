import type { Operation } from "../../src/contract/operation.ts";
import document from "../../generated/recoup/openapi.json" with { type: "json" };
import { operations } from "../../generated/recoup/operations.ts";
import * as deviations from "../../generated/recoup/profiles.ts";
import { requestBodies, responseBodies } from "../../generated/recoup/validators.js";
import { commandsOf, printingCommands } from "../kit/law/command-line.ts";
import type { ProgramCall } from "../kit/law/contract.ts";
import { isObject } from "../kit/law/schema.ts";
import type { JudgedContract, ModelOfContract } from "../kit/run/judged-contract.ts";
import { companionsOf } from "../kit/run/missing-operation.ts";
import { hasSandboxes, sandboxesIn } from "./sandboxes-in.ts";
import { createJudge } from "../kit/model/judge.ts";
import { lawsByModel } from "../kit/run/judge-recording.ts";
import { laws } from "./laws/index.ts";
import { exploration } from "./model/exploration.ts";
import { clauseIds, clauses, createRecoupModel } from "./model/index.ts";

const model: ModelOfContract = {
  createJudge: (options) => createJudge(createRecoupModel(options)),
  clauses,
  ids: clauseIds,
  exploration,
};

/** The commands that a create runs. One that the contract has refused runs none; a prompt is an agent's. */
function commandsIn({ operation, json }: ProgramCall): readonly string[] {
  if (operation !== "createSandbox" || !isObject(json) || typeof json["command"] !== "string") return [];
  if (requestBodies.createSandbox(json) !== true || json["prompt"] !== undefined) return [];
  const { command, args } = json;
  const [flag, line] = [args].flat();
  if (command === "sh" && flag === "-c" && typeof line === "string") return commandsOf(line);
  return command.trim() === "" ? [] : [command];
}

export const recoup: JudgedContract = {
  name: "recoup",
  document,
  operations: Object.values<Operation>(operations),
  requestBodies,
  responseBodies,
  keyHeader: "x-api-key",
  // DELETE erases the account's repositories, PATCH and setup change what its next sandboxes start from, and files are
  // written for good: none of them is ever sent to a deployment that others use.
  profiles: {
    core: ["createSandbox"],
    deployment: ["createSandbox", "listSandboxes", "getSandboxFile", "listTaskRuns", "getAccountId"],
    full: Object.keys(operations),
  },
  programs: { of: commandsIn, harmless: [...printingCommands, "pwd", ":"] },
  repeatable: {}, // what a run may send here either reads or creates
  companions: companionsOf(operations),
  probeOperation: "listSandboxes",
  create: {
    operation: "createSandbox",
    body: {},
    idsIn: (exchange) =>
      sandboxesIn(exchange).flatMap(({ sandboxId }) => (typeof sandboxId === "string" ? [sandboxId] : [])),
    shortest: () => ({}), // a timeout cannot be asked for
    strayLaws: ["recoup/create/refused-creates-nothing", "recoup/create/stranger-creates-nothing"],
  },
  list: {
    operation: "listSandboxes",
    others: ["listTaskRuns"],
    entriesIn: (exchange) =>
      hasSandboxes(exchange)
        ? sandboxesIn(exchange).map(({ sandboxId, createdAt, sandboxStatus }) => ({
            id: String(sandboxId),
            startedAtMs: Date.parse(String(createdAt)),
            isAlive: sandboxStatus !== "stopped",
          }))
        : undefined,
  },
  reap: { by: "expiry" }, // no operation ends a single sandbox
  secretFields: [],
  isId: (text) => /^[A-Za-z0-9_-]{1,128}$/.test(text),
  absentId: (hex) => `sbx_${hex}`,
  laws: lawsByModel(laws, model),
  model,
  deviations,
};
