import { isSuccess } from "../kit/exchange.ts";
import type { Exchange } from "../kit/exchange.ts";
import type { LawRun } from "../kit/law-run.ts";
import type { JsonObject } from "../kit/schema.ts";
import { membersOf } from "./readings.ts";

/** A create with a body that a law wants to see accepted, and what was answered. */
export type Attempt = { readonly body: JsonObject | undefined; readonly exchange: Exchange };

/**
 * Creates the sandbox of a story with a body that is worth a law of its own. Where that body is refused, a plain one takes
 * its place: the story goes on, and only that one law speaks of the refusal.
 *
 * @throws {@link Unjudged} and {@link EnvironmentTrouble} where not even the plain body makes a sandbox
 */
export async function createWith(
  run: LawRun,
  body: JsonObject | undefined,
  plain: JsonObject,
): Promise<{ readonly id: string; readonly attempt: Attempt; readonly exchange: Exchange }> {
  const exchange = await run.send({ operation: "createSandbox", ...(body === undefined ? {} : { json: body }) });
  const { sandboxID } = membersOf(exchange);
  const attempt = { body, exchange };
  if (isSuccess(exchange) && typeof sandboxID === "string") return { id: sandboxID, attempt, exchange };
  const created = await run.create(plain);
  return { id: created.id, attempt, exchange: created.exchange };
}
