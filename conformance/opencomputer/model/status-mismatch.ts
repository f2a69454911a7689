import type { Deviation } from "../../kit/model/contract-model.ts";
import type { ClauseId } from "./clauses.ts";
import type { IdleTimeout, SandboxState, Status } from "./sandbox-state.ts";
import { wrong } from "./wrong.ts";

/** A change that was carried out on another sandbox. */
export type ElsewhereChange = { readonly subject: string; readonly what: string; readonly status: Status };

/**
 * Why a sandbox shows a state that it cannot be in: which clause of the contract says so.
 *
 * @param now - the states that it may be in
 * @param elsewhere - what was done to other sandboxes, the latest last
 */
export function explainStatus(
  state: SandboxState,
  now: readonly SandboxState[],
  seen: Status,
  elsewhere: readonly ElsewhereChange[],
): Deviation {
  const may = now.map(({ status }) => status).join(" or ");
  const suspected = state.suspects.findLast(({ changes }) => changes.status === seen);
  const reason = `it shows a sandbox ${seen} that is ${may}`;
  if (state.status === "stopped" || state.status === "error") {
    if (seen !== "running") return wrong("kill/reads-stopped", reason);
    const after = suspected === undefined ? "" : `, ${suspected.what}`;
    return wrong(state.isSeen === true ? "kill/final" : "kill/stops", `${reason}${after}`);
  }
  if (state.status === "absent") return wrong("get/unknown-id", `it shows a sandbox ${seen} that never was`);
  const isLate = state.dozed === true || (state.status === "running" && seen === "running");
  if (suspected !== undefined && !isLate) {
    return { clause: suspected.clause, reason: `${reason}, ${suspected.what}` };
  }
  const same = elsewhere.findLast(({ status }) => status === seen);
  if (seen === "stopped" && same !== undefined) {
    return wrong("sandbox/others-untouched", `${reason}, after ${same.what} of ${same.subject}`);
  }
  return explainLiving(state, now, seen, reason);
}

function explainLiving(state: SandboxState, now: readonly SandboxState[], seen: Status, reason: string): Deviation {
  const { idle, active, status } = state;
  const seconds = idle.seconds === undefined ? "" : ` by its timeout of ${idle.seconds} s`;
  const isLate = state.dozed === true || status === "running";
  if (isLate && seen === "running") return wrong(lateClauses[idle.from], `${reason}${seconds}`);
  if (status === "running" && seen === "hibernated") {
    return wrong(earlyClause(idle, active?.by ?? ""), `${reason}: it is no sleep${seconds}`);
  }
  if (status === "running" && seen === "stopped" && now.some((each) => each.status === "hibernated")) {
    return wrong("create/timeout-hibernates", `${reason}${seconds}`);
  }
  if (status === "hibernated" && seen === "running") {
    return wrong(state.isSeen === true ? "hibernate/sleeps-on" : "hibernate/hibernates", reason);
  }
  return wrong("sandbox/unasked-change", `${reason}, and no request changed it`);
}

const lateClauses = {
  create: "create/timeout-fires",
  default: "create/timeout-default",
  set: "set-timeout/replaces",
  wake: "wake/timeout-replaced",
  kept: "wake/timeout-kept",
} as const satisfies Record<IdleTimeout["from"], ClauseId>;

/** Which clause says that a sandbox does not sleep yet. */
function earlyClause({ seconds, from }: IdleTimeout, by: string): ClauseId {
  if (seconds === 0) return from === "set" ? "set-timeout/never" : "create/timeout-never";
  if (by === "preview") return "preview/activity";
  if (by === "inside") return "inside/activity";
  if (by === "wakeSandbox") return "wake/runs-again";
  if (by === "setSandboxTimeout") return "set-timeout/restarts";
  return from === "default" ? "create/timeout-default" : "create/timeout-not-early";
}
