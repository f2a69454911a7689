import type { Answer } from "../kit/exchange.ts";
import { updateRecord } from "../kit/table.ts";
import { awaken } from "./inside.ts";
import type { OpenComputerParts } from "./parts.ts";
import { presentedToken, type PreviewCredentials, type PreviewRequest } from "./preview-gate.ts";
import { changeSandbox } from "./sandbox.ts";
import { settings } from "./settings.ts";

/**
 * Takes a request through the gate, and stores what that does to the sandbox in one atomic step. A token that opened
 * the gate is taken from the headers, unless the world keeps it there.
 *
 * @returns the answer that refuses it; undefined where it may pass
 */
export async function passGate(
  { world, sandboxID, head }: PreviewRequest,
  parts: OpenComputerParts,
): Promise<Answer | undefined> {
  const credentials: PreviewCredentials = {
    previewToken: head.headers["x-oc-preview-token"] as string | undefined,
    authorization: head.headers.authorization,
  };
  const nowMs = world.clock.now();
  let refusal: Answer | undefined;
  let slept = false;
  const entered = await updateRecord(parts.sandboxes(world), sandboxID, (record) => {
    const verdict = parts.checkToken(record, credentials);
    const state = parts.stateAt(record, nowMs);
    const decision = parts.admitPreview(record, state, verdict, nowMs);
    slept = state === "hibernated";
    refusal = decision.refusal;
    if (verdict === "right" && !settings.of(world).previewKeepsToken) hideToken(head, credentials);
    return decision.change === undefined ? record : changeSandbox(record, decision.change);
  });
  if (slept && refusal === undefined) await awaken(world, entered!, parts);
  return refusal;
}

// An upstream must not see the token that opens the gate, in either header.
function hideToken(head: PreviewRequest["head"], credentials: PreviewCredentials): void {
  // Copied without it: an object that has lost a member is a slow one for all that reads it later.
  const { "x-oc-preview-token": _token, ...headers } = head.headers;
  const bearer = presentedToken({ ...credentials, previewToken: undefined });
  if (bearer !== undefined && bearer.token === presentedToken(credentials)?.token) delete headers.authorization;
  head.headers = headers;
}

/** Notes activity of a sandbox that runs; one that was stopped or hibernates meanwhile stays as it is. */
export async function keepActive({ world, sandboxID }: PreviewRequest, parts: OpenComputerParts): Promise<void> {
  const activeAtMs = world.clock.now();
  await updateRecord(parts.sandboxes(world), sandboxID, (record) =>
    parts.stateAt(record, activeAtMs) === "running" ? changeSandbox(record, { activeAtMs }) : record,
  );
}
