import { answerText, isEnvironmental } from "../kit/law/exchange.ts";
import type { Exchange } from "../kit/law/exchange.ts";
import type { LawRun } from "../kit/law/law-run.ts";
import { isObject } from "../kit/law/schema.ts";
import type { JsonObject } from "../kit/law/schema.ts";
import type { ApiCall } from "../kit/law/call.ts";
import { needs, needsSuccess } from "../kit/law/precondition.ts";
import { TransientFailure } from "../kit/law/unjudged.ts";
import { sandboxesIn } from "./sandboxes-in.ts";

/** A list of sandboxes, as it was answered. */
type Listing = { readonly exchange: Exchange; readonly sandboxes: readonly JsonObject[] };

type Asked = Pick<ApiCall, "query" | "credentials">;

/**
 * Sends a request whose answer is judged by what it says, whatever its status.
 *
 * @throws {@link TransientFailure} after a transient failure
 */
export async function ask(run: LawRun, call: ApiCall): Promise<Exchange> {
  const exchange = await run.send(call);
  if (isEnvironmental(exchange)) throw new TransientFailure(answerText(exchange));
  return exchange;
}

/**
 * Lists sandboxes.
 *
 * @throws Unjudged where there is no list: that is the business of a law of its own
 */
export async function list(run: LawRun, asked: Asked = {}): Promise<Listing> {
  const exchange = await succeed(run, { ...asked, operation: "listSandboxes" });
  return { exchange, sandboxes: sandboxesIn(exchange) };
}

/** Reads one sandbox of this run's: its entry, and the answer that has it. */
export async function read(
  run: LawRun,
  id: string,
): Promise<{ readonly exchange: Exchange; readonly entry: JsonObject }> {
  const { exchange, sandboxes } = await list(run, { query: { sandbox_id: id } });
  const entry = sandboxes.find(({ sandboxId }) => sandboxId === id);
  needs(entry !== undefined, `${id} in the list`);
  return { exchange, entry };
}

/** Lists runs, or reads one; see {@link list}. */
export async function listRuns(
  run: LawRun,
  asked: Asked = {},
): Promise<{ readonly exchange: Exchange; readonly runs: readonly JsonObject[] }> {
  const exchange = await succeed(run, { ...asked, operation: "listTaskRuns" });
  const { json } = exchange.response;
  const entries = isObject(json) ? json["runs"] : undefined;
  return { exchange, runs: Array.isArray(entries) ? entries.filter(isObject) : [] };
}

/** The ids of the listed sandboxes. */
export function idsOf(sandboxes: readonly JsonObject[]): readonly unknown[] {
  return sandboxes.map(({ sandboxId }) => sandboxId);
}

/** The snapshot that a list of sandboxes names. */
export function snapshotIn({ response }: Exchange): unknown {
  return isObject(response.json) ? response.json["snapshot_id"] : undefined;
}

/** A command that does nothing and costs next to nothing. */
export const harmlessCommand = { command: "true" } as const;

/** A run, and the create that has named it. */
export type StartedRun = { readonly exchange: Exchange; readonly runId: string };

/** Makes a sandbox that runs a command, and hands back the run's id. */
export async function startRun(run: LawRun, command: object = harmlessCommand): Promise<StartedRun> {
  const { exchange } = await run.create(command);
  const runId = runIdIn(exchange);
  needs(typeof runId === "string", "a run, named by createSandbox");
  return { exchange, runId };
}

/** The run that an answer to a create names. */
export function runIdIn(exchange: Exchange): unknown {
  return sandboxesIn(exchange)[0]?.["runId"];
}

/** Of a member that has to be there; a target without it is for the laws about shapes. */
export function numberOf(entry: JsonObject, member: string): number {
  const value = entry[member];
  needs(typeof value === "number", `a number in ${member}`);
  return value;
}

async function succeed(run: LawRun, call: ApiCall): Promise<Exchange> {
  const exchange = await run.send(call);
  needsSuccess(exchange);
  return exchange;
}
