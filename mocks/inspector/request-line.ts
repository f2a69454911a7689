import { printable } from "../../src/contract/printable.ts";
import type { AnsweredRequest } from "../kit/answered-request.ts";

/**
 * A request in one line: time of the world, status, method, path, world and tenant, milliseconds, and the reason of a
 * refusal. Where that is wider than there is room for, the reason has a line of its own, and what is wider still is cut.
 *
 * @param columns - the room; any by default
 */
export function formatRequest({ reason, ...request }: AnsweredRequest, columns = Infinity): string {
  const { atMs, status, method, url, world, tenant, durationMs } = request;
  const who = tenant === "" ? world : `${world}/${tenant}`;
  const line = `${formatClock(atMs)}  ${status}  ${method.padEnd(6)}  ${url}  ${who}  ${durationMs} ms`;
  if (reason === undefined) return fit(printable(line), columns);
  const why = `${reason.rule}${placeOf(reason.pointer)}: ${reason.message}`;
  const whole = printable(`${line}  ${why}`);
  return whole.length <= columns ? whole : `${fit(printable(line), columns)}\n${fit(printable(`  ${why}`), columns)}`;
}

const fit = (text: string, columns: number) => (text.length <= columns ? text : `${text.slice(0, columns - 1)}…`);

/** A time of day as a log shows it, in UTC, as all times of the two APIs are. */
export function formatClock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}

function placeOf(pointer: string | undefined): string {
  return pointer === undefined ? "" : ` at ${pointer || "the whole body"}`;
}
