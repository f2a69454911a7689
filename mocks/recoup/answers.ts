import { formatPointer } from "../../src/contract/json-pointer.ts";
import type { Answer } from "../kit/exchange.ts";
import type { Reason } from "../kit/journal.ts";

/** A refusal in the vendor's form. */
export function refuse(status: number, error: string, reason: Reason, more: Record<string, unknown> = {}): Answer {
  return { status, json: { status: "error", ...more, error }, reason };
}

/** A 400 that says where in the body the fault is: names of members and indexes of lists, from the outside in. */
export function refuseField(path: readonly (string | number)[], error: string, rule: string, hint: string): Answer {
  const pointer = formatPointer(path);
  return refuse(400, error, { rule, message: hint, pointer }, { missing_fields: path });
}

export function succeed(json: unknown, unread: readonly string[] = []): Answer {
  return { status: 200, json, unread };
}

/** The form in which every time leaves: ISO 8601, UTC, milliseconds. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
