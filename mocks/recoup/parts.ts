import type { Parts } from "../kit/exchange.ts";
import type { Sandbox, SandboxRecord } from "./sandbox.ts";

/** The replaceable parts of the Recoup mock. */
export interface RecoupParts extends Parts<RecoupParts> {
  readonly viewSandbox: (record: SandboxRecord, nowMs: number) => Sandbox;
}
