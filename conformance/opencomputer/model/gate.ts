import type { StepContext, StepOutcome } from "../../kit/model/contract-model.ts";
import type { ClauseId } from "./clauses.ts";
import type { SandboxState } from "./sandbox-state.ts";
import { passTime, run, suspect } from "./sandbox-state.ts";
import { outcome, wrong } from "./wrong.ts";

/**
 * A request to a port of a sandbox. What listens there answers as it likes, and what stands between may answer too: only a
 * success says that the request was let through, and only a 401 in the words of the gate that it was not.
 */
export function stepPreview(
  state: SandboxState,
  shown: readonly string[],
  at: StepContext,
): readonly StepOutcome<SandboxState>[] {
  const now = passTime(state, at.span);
  const { response } = at.exchange;
  const status = response?.status ?? 0;
  const isOpened = (status >= 200 && status < 300) || status === 101;
  const isShut = status === 401 && isOfGate(at);
  return now.flatMap((each) => {
    const awake = run(each, at.span, "preview");
    const mayWake = each.status === "running" || each.status === "hibernated";
    const rights = shown.map((token) => token === each.gate);
    const isKnown = each.gate !== undefined;
    const isCertainlyRight = each.gate === null || (rights.length > 0 && rights.every(Boolean));
    const isCertainlyWrong = typeof each.gate === "string" && !rights.some(Boolean);
    if (isOpened) return [opened(each, mayWake ? awake : each, isCertainlyWrong, shown)];
    if (isShut) return [shut(each, isKnown && isCertainlyRight)];
    // Which server answered is not known.
    if (!mayWake || isCertainlyWrong) return [outcome(each)];
    return [outcome(each), outcome(awake)];
  });
}

function isOfGate({ exchange: { response } }: StepContext): boolean {
  return /preview/i.test(`${response?.body ?? ""} ${response?.headers["www-authenticate"] ?? ""}`);
}

function opened(
  state: SandboxState,
  awake: SandboxState,
  isWrong: boolean,
  shown: readonly string[],
): StepOutcome<SandboxState> {
  if (state.status === "stopped") {
    return outcome(state, wrong("preview/killed-serves-nothing", "a request was let through to a stopped sandbox"));
  }
  if (state.status === "absent")
    return outcome(
      state,
      wrong("preview/unknown-serves-nothing", "a request was let through to a sandbox that never was", 2),
    );
  if (!isWrong) return outcome(awake);
  const { gate: _, ...open } = awake;
  const old = shown.some((token) => state.oldTokens.includes(token));
  const clause: ClauseId = old
    ? "rotate-preview-token/old-token-dies"
    : shown.length > 0
      ? "preview/token-wrong"
      : state.hasSlept
        ? "preview/token-survives-wake"
        : state.gateBy === "rotate"
          ? "rotate-preview-token/turns-gate-on"
          : "preview/token-missing";
  const which = old ? "the token before the rotation" : shown.length > 0 ? "a wrong token" : "no token";
  return outcome(open, wrong(clause, `a request with ${which} was let through the gate`));
}

function shut(state: SandboxState, isRight: boolean): StepOutcome<SandboxState> {
  const next =
    state.status === "hibernated"
      ? suspect(state, {
          clause: "opencomputer/preview/strangers-wake-nothing",
          what: "after a request that the gate refused",
          changes: { status: "running" },
        })
      : state;
  if (!isRight || state.status === "stopped" || state.status === "absent") return outcome(next);
  if (state.gate === null)
    return outcome(next, wrong("preview/open", "the gate refused a request to a sandbox that has none"));
  const clause: ClauseId = state.hasSlept
    ? "preview/token-survives-wake"
    : state.gateBy === "rotate"
      ? "rotate-preview-token/new-token-works"
      : "preview/token-own-header";
  return outcome(next, wrong(clause, "the gate refused the right token"));
}
