import { isSuccess } from "../kit/law/exchange.ts";
import type { Exchange } from "../kit/law/exchange.ts";
import { inAttempts } from "../kit/run/attempts.ts";
import type { LawRun } from "../kit/law/law-run.ts";
import type { ApiCall } from "../kit/law/call.ts";
import type { JsonObject } from "../kit/law/schema.ts";
import { TransientFailure } from "../kit/law/unjudged.ts";
import { membersOf } from "./readings.ts";

/** A create with a body that a law wants to see accepted, and what was answered. */
export type Attempt = { readonly body: JsonObject | undefined; readonly exchange: Exchange };

/** "The account's plan or credit does not reach that far": of the account, not of the server. */
export const beyondPlan = 402;
/** What may be said of one body and not of another: a plain one may do, where there is no room for a large one. */
const mayDoWithLess: readonly (number | undefined)[] = [beyondPlan, 503];

/**
 * Creates the sandbox of a scenario with a body that is worth a law of its own. Where that body is refused, a plain one takes
 * its place: the scenario goes on, and only that one law speaks of the refusal.
 *
 * @throws {@link Unjudged} and {@link TransientFailure} where not even the plain body makes a sandbox
 */
export async function createWith(
  run: LawRun,
  body: JsonObject | undefined,
  plain: JsonObject,
): Promise<{ readonly id: string; readonly attempt: Attempt; readonly exchange: Exchange }> {
  const exchange = await tryCreate(run, body);
  const { sandboxID } = membersOf(exchange);
  const attempt = { body, exchange };
  if (isSuccess(exchange) && typeof sandboxID === "string") return { id: sandboxID, attempt, exchange };
  const created = await run.create(plain);
  return { id: created.id, attempt, exchange: created.exchange };
}

/**
 * Sends a create, and another one after a transient failure, a few times: that is cheaper than to play a long scenario
 * again. Each of them counts.
 */
export function sendCreate(run: LawRun, call: Omit<ApiCall, "operation">): Promise<Exchange> {
  return inAttempts(() => run.send({ ...call, operation: "createSandbox" }));
}

async function tryCreate(run: LawRun, body: JsonObject | undefined): Promise<Exchange> {
  try {
    return await sendCreate(run, body === undefined ? {} : { json: body });
  } catch (error) {
    const answer = error instanceof TransientFailure ? error.exchange : undefined;
    if (answer === undefined || !mayDoWithLess.includes(answer.response.status)) throw error;
    return answer;
  }
}
