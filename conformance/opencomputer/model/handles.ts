import { isObject } from "../../kit/law/schema.ts";
import type { Deviation } from "../../kit/model/contract-model.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import type { ClauseId } from "./clauses.ts";
import { wrong } from "./wrong.ts";

/** What makes a thing inside a sandbox that has an id of its own, and the member that tells it. */
const makers: Readonly<Record<string, string>> = {
  createExecSession: "sessionID",
  startCommand: "execId",
  createPty: "sessionID",
  createCheckpoint: "id",
};

/** What is done with such an id: where it stands in the path, and what is broken where it is another sandbox's. */
const uses: Readonly<Record<string, readonly [parameter: string, clause: ClauseId]>> = {
  killExecSession: ["execId", "kill-exec-session/other-sandbox"],
  getCommandResult: ["execId", "command-result/other-sandbox"],
  resizePty: ["ptyId", "delete-pty/other-sandbox"],
  deletePty: ["ptyId", "delete-pty/other-sandbox"],
  restoreCheckpoint: ["checkpointId", "restore-checkpoint/other-sandbox"],
  deleteCheckpoint: ["checkpointId", "restore-checkpoint/other-sandbox"],
};

/** So many are remembered, the last ones. */
const handlesMax = 1_024;

/** Watches which sandbox each session, terminal, command and checkpoint belongs to. */
export function createHandleWatch(): (exchange: ObservedExchange) => readonly Deviation[] {
  const sandboxes = new Map<string, Set<string>>(); // by the id, the sandboxes that an answer told to have it
  return ({ operation, path, response }) => {
    const { id = "" } = path;
    if (response === undefined || response.status >= 300 || id === "") return [];
    const member = makers[operation];
    const made = member === undefined || !isObject(response.json) ? undefined : response.json[member];
    if (typeof made === "string") {
      const known = sandboxes.get(made) ?? new Set<string>();
      sandboxes.delete(made);
      sandboxes.set(made, known.add(id));
      if (sandboxes.size > handlesMax) sandboxes.delete(sandboxes.keys().next().value!);
    }
    const [parameter = "", clause] = uses[operation] ?? [];
    const known = sandboxes.get(path[parameter] ?? "");
    if (clause === undefined || known === undefined || known.has(id)) return [];
    const reason = `${operation} through ${id} was answered ${response.status}, with an id that ${[...known].join()} has`;
    return [wrong(clause, reason)];
  };
}
