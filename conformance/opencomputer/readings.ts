import type { Exchange } from "../kit/law/exchange.ts";
import type { JsonObject } from "../kit/law/schema.ts";
import { isObject } from "../kit/law/schema.ts";
import type { OperationId } from "./operations.ts";

/** The members of an answer's body; none where it is no object. */
export function membersOf({ response }: Exchange): JsonObject {
  return isObject(response.json) ? response.json : {};
}

/** The sandboxes of a list; none where it is no list. */
export function entriesOf({ response }: Exchange): readonly JsonObject[] {
  return Array.isArray(response.json) ? response.json.filter(isObject) : [];
}

export function listedIds(exchange: Exchange): readonly unknown[] {
  return entriesOf(exchange).map(({ sandboxID }) => sandboxID);
}

/** The entry of one sandbox in a list. */
export function entryIn(exchange: Exchange, id: string): JsonObject | undefined {
  return entriesOf(exchange).find(({ sandboxID }) => sandboxID === id);
}

/** The sandboxes that a list shows as running. It may show those of other states too, each with its state. */
export function listedRunning(exchange: Exchange): readonly JsonObject[] {
  return entriesOf(exchange).filter(({ status }) => status === undefined || status === "running");
}

/** Whether a list shows a sandbox as one that runs. */
export function isListedRunning(exchange: Exchange, id: string): boolean {
  return listedRunning(exchange).some(({ sandboxID }) => sandboxID === id);
}

/** The answer to an operation in a row of exchanges: the first one, or a later one; from the end where it is negative. */
export function answerTo(exchanges: readonly Exchange[], operation: OperationId, at = 0): Exchange {
  const exchange = exchanges.filter((each) => each.operation === operation).at(at);
  if (exchange === undefined) throw new RangeError(`${operation} is not sent so often`);
  return exchange;
}

/** The state that a reading shows; undefined where it shows none. */
export function stateIn(exchange: Exchange): string | undefined {
  const { status } = membersOf(exchange);
  return exchange.response.status === 200 && typeof status === "string" ? status : undefined;
}

/** The preview token in an answer. */
export function tokenIn(exchange: Exchange): string | undefined {
  const { previewAuthToken } = membersOf(exchange);
  return typeof previewAuthToken === "string" && previewAuthToken !== "" ? previewAuthToken : undefined;
}

export function statusOf({ response }: Exchange): number {
  return response.status;
}

/** "getSandbox answered 200". */
export function answered(exchange: Exchange): string {
  return `${exchange.operation} answered ${exchange.response.status}`;
}
