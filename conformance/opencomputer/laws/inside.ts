import { operations } from "../../../generated/opencomputer/operations.ts";
import { operationPointer } from "../../kit/law/operation-pointer.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Credentials } from "../../kit/law/call.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { membersOf } from "../readings.ts";

export function insidePointer(id: keyof typeof operations, ...rest: readonly string[]): string {
  return operationPointer(operations[id], ...rest);
}

/** Runs a command that prints or ends, and does nothing else: any deployment may be asked to. */
export function runIn(run: LawRun, id: string, cmd: string, credentials?: Credentials): Promise<Exchange> {
  return run.send({ operation: "runCommand", path: { id }, json: { cmd }, ...(credentials && { credentials }) });
}

/** Reads a file. */
export function readIn(run: LawRun, id: string, path: string, credentials?: Credentials): Promise<Exchange> {
  return run.send({ operation: "readFile", path: { id }, query: { path }, ...(credentials && { credentials }) });
}

/** Writes a file. */
export function writeIn(run: LawRun, id: string, path: string, text: string): Promise<Exchange> {
  const headers = { "content-type": "application/octet-stream" };
  return run.send({ operation: "writeFile", path: { id }, query: { path }, text, headers });
}

/** A name that nothing has which another law, an earlier attempt or another run left behind. */
export function nameNow(run: LawRun): string {
  return `${run.absentId()}-${run.time.now()}`;
}

/**
 * Makes a checkpoint of a sandbox, and gives its id.
 *
 * @param at - which one of those that a law makes at the same time; default 0
 */
export async function makeCheckpoint(run: LawRun, id: string, at = 0): Promise<string> {
  const name = at === 0 ? nameNow(run) : `${nameNow(run)}-${at}`;
  const made = await run.send({ operation: "createCheckpoint", path: { id }, json: { name } });
  needsSuccess(made);
  const { id: checkpointId } = membersOf(made);
  needs(typeof checkpointId === "string" && checkpointId !== "", "the id of a checkpoint");
  return checkpointId;
}
