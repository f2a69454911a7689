import { expect } from "vitest";
import type { OpenComputerSettings as WorldSettings } from "../settings.ts";
import type { Harness } from "../../harness.fixture.ts";

/** The shortest way to see a fault: what is seen with it on, and what is seen without it. */
export type Case = {
  readonly id: string;
  readonly seen: string; // completes "… when the fault is on"
  readonly settings?: Partial<WorldSettings>;
  readonly see: (harness: Harness) => Promise<unknown>;
  readonly wrong: unknown;
  readonly right: unknown;
};

export const sandboxes = "/api/sandboxes";

export async function create(call: Harness["call"], body: unknown = {}): Promise<string> {
  const { status, json } = await call(sandboxes, { body });
  expect(status).toBe(201);
  return json["sandboxID"] as string;
}

export async function get(call: Harness["call"], id: string, member: string): Promise<unknown> {
  return (await call(`${sandboxes}/${id}`)).json[member];
}

export function kill(call: Harness["call"], id: string) {
  return call(`${sandboxes}/${id}`, { method: "DELETE" });
}

export function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}
