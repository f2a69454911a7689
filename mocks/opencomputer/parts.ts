import type { Answer, Call, Outcome, Parts } from "../kit/exchange.ts";
import { andThen, type Awaitable, type Table, updateRecord } from "../kit/table.ts";
import type { World } from "../kit/world.ts";
import { refuseUnknown } from "./answers.ts";
import type { Admission, GateCheck, PreviewRequest } from "./preview-gate.ts";
import {
  changeSandbox,
  type Decision,
  type OpenComputerSandboxRecord,
  type SandboxState,
  type SandboxView,
} from "./sandbox.ts";

/** The replaceable parts of the OpenComputer mock. */
export interface OpenComputerParts extends Parts<OpenComputerParts> {
  /** Where sandboxes are kept. All that is stored or listed for a call goes through it. */
  readonly sandboxes: (world: World) => Table<OpenComputerSandboxRecord>;
  readonly stateAt: (record: OpenComputerSandboxRecord, nowMs: number) => SandboxState;
  readonly viewSandbox: (record: OpenComputerSandboxRecord, state: SandboxState, sandboxDomain: string) => SandboxView;
  /** Finds a caller's sandbox; undefined for another organisation's as for one that never was. */
  readonly find: (world: World, organisationId: string, id: string) => Awaitable<OpenComputerSandboxRecord | undefined>;
  /** Whether a caller's own preview token will do. */
  readonly acceptsToken: (token: string) => boolean;
  /** Compares a presented preview token with what is stored. */
  readonly checkToken: GateCheck;
  readonly admitPreview: Admission;
  readonly refuseUnknownPreview: (sandboxID: string) => Answer;
  /** Takes one request to a preview through the gate: what a handler is to an operation. */
  readonly passGate: (request: PreviewRequest, parts: OpenComputerParts) => Promise<Answer | undefined>;
  /** Restarts the idle timeout while a request to a preview lasts. */
  readonly keepActive: (request: PreviewRequest, parts: OpenComputerParts) => Promise<void>;
}

/**
 * Decides on the caller's sandbox that the path names, and stores what was decided, in one atomic step.
 *
 * @param decide - pure: it runs again when another request changed the sandbox meanwhile
 * @returns the sandbox as it stands afterwards, or the refusal
 */
export async function decideOnSandbox(
  { world, tenant, request, nowMs }: Call,
  parts: OpenComputerParts,
  decide: (record: OpenComputerSandboxRecord, state: SandboxState) => Decision,
  unknown: Answer = refuseUnknown(),
): Promise<Outcome<OpenComputerSandboxRecord>> {
  const id = request.params["id"]!;
  if ((await parts.find(world, tenant.id, id)) === undefined) return { refusal: unknown };
  let refusal: Answer | undefined;
  const decided = await updateRecord(parts.sandboxes(world), id, (record) => {
    const decision = decide(record, parts.stateAt(record, nowMs));
    refusal = decision.refusal;
    return decision.change === undefined ? record : changeSandbox(record, decision.change, nowMs);
  });
  return refusal === undefined ? { value: decided! } : { refusal };
}

/** The caller's sandbox that the path names, in its present state. */
export function findSandbox(
  { world, tenant, request, nowMs }: Call,
  parts: OpenComputerParts,
): Awaitable<{ readonly record: OpenComputerSandboxRecord; readonly state: SandboxState } | undefined> {
  return andThen(parts.find(world, tenant.id, request.params["id"]!), (record) =>
    record === undefined ? undefined : { record, state: parts.stateAt(record, nowMs) },
  );
}
