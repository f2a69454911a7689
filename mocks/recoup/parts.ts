import type { Parts } from "../kit/exchange.ts";
import type { Awaitable, Table } from "../kit/table.ts";
import type { Tenant, World } from "../kit/world.ts";
import type { RunRecord } from "./run.ts";
import type { Sandbox, RecoupSandboxRecord } from "./sandbox.ts";

/** The replaceable parts of the Recoup mock. */
export interface RecoupParts extends Parts<RecoupParts> {
  /** Where sandboxes are kept and listed. */
  readonly sandboxes: (world: World) => Table<RecoupSandboxRecord>;
  /** Where runs are kept and listed. */
  readonly runs: (world: World) => Table<RunRecord>;
  /** Finds a sandbox of an account; undefined for another account's as for one that never was. */
  readonly findSandbox: (world: World, accountId: string, id: string) => Awaitable<RecoupSandboxRecord | undefined>;
  /** Finds a run of an account that the caller reaches; undefined for any other. */
  readonly findRun: (world: World, caller: Tenant, id: string) => Awaitable<RunRecord | undefined>;
  readonly viewSandbox: (record: RecoupSandboxRecord, nowMs: number) => Sandbox;
}
