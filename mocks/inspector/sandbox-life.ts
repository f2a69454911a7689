import { neverMs } from "../kit/table.ts";
import type { World } from "../kit/world.ts";
import * as openComputer from "../opencomputer/sandbox.ts";
import * as recoup from "../recoup/sandbox.ts";

/** A state of a sandbox that time alone brings, from when on, and by which rule. */
export type TimedState = {
  /** The state, in the contract's word for it. */
  readonly state: string;
  /** From when on, by the world's clock, in milliseconds since the Unix epoch. */
  readonly fromMs: number;
  /** The rule that brings it. */
  readonly rule: string;
};

/** A sandbox as it is at one time, with what time has done to it and will do if nothing else happens. */
export type SandboxLife = {
  /** Its id. */
  readonly id: string;
  /** Whose API it belongs to. */
  readonly contract: "recoup" | "opencomputer";
  /** The state now. */
  readonly state: string;
  /** States that time alone brings, past and to come, oldest first. Empty where only a call changes it. */
  readonly timed: readonly TimedState[];
};

/** What is known of a sandbox; undefined where the world has none of that id. */
export async function findSandboxLife(world: World, id: string): Promise<SandboxLife | undefined> {
  const nowMs = world.clock.now();
  const one = await world.table(openComputer.sandboxTable).get(id);
  if (one !== undefined) return openComputerLife(one, nowMs);
  const other = await world.table(recoup.sandboxTable).get(id);
  return other === undefined ? undefined : recoupLife(other, nowMs);
}

/** The life of an OpenComputer sandbox. */
export function openComputerLife(record: openComputer.OpenComputerSandboxRecord, nowMs: number): SandboxLife {
  const idleAtMs = openComputer.idleAtMs(record);
  const isTimed = record.phase === "running" && idleAtMs < neverMs;
  return {
    id: record.id,
    contract: "opencomputer",
    state: openComputer.sandboxStateAt(record, nowMs),
    timed: isTimed ? [{ state: "hibernated", fromMs: idleAtMs, rule: `idle for ${record.timeoutS} s` }] : [],
  };
}

/** The life of a Recoup sandbox. */
export function recoupLife(record: recoup.RecoupSandboxRecord, nowMs: number): SandboxLife {
  const { createdAtMs, bootMs, timeoutMs, graceMs, failedAtMs = neverMs } = record;
  const usual: readonly TimedState[] = [
    { state: "running", fromMs: createdAtMs + bootMs, rule: `booted for ${bootMs} ms` },
    { state: "stopping", fromMs: createdAtMs + timeoutMs, rule: `timeout of ${timeoutMs / 1000} s` },
    { state: "stopped", fromMs: createdAtMs + timeoutMs + graceMs, rule: `stopping for ${graceMs / 1000} s` },
  ];
  const failed = failedAtMs < neverMs ? [{ state: "failed", fromMs: failedAtMs, rule: "a fault" }] : [];
  return {
    id: record.id,
    contract: "recoup",
    state: recoup.sandboxStateAt(record, nowMs),
    timed: [...usual.filter(({ fromMs }) => fromMs < failedAtMs), ...failed],
  };
}
