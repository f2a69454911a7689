import type { components } from "../../generated/opencomputer/types.ts";
import type { Handler } from "../kit/exchange.ts";
import { refuse, refuseStopped, refuseUnknown } from "./answers.ts";
import { awaken } from "./inside.ts";
import { decideOnSandbox, findSandbox, type OpenComputerParts } from "./parts.ts";
import { refusePlan } from "./plan.ts";
import { settings } from "./settings.ts";

type Schemas = components["schemas"];

export const setSandboxTimeout: Handler<OpenComputerParts> = async (call, parts) => {
  const { timeout } = call.body as Schemas["SetTimeoutRequest"];
  const id = call.request.params["id"]!;
  const set = await decideOnSandbox(call, parts, (_, state) => {
    if (state === "stopped") return { refusal: refuseStopped(id) };
    // A sandbox whose time ran out hibernates from then on: a longer timeout must not bring it back unseen.
    const phase = state;
    return { change: { phase, timeoutS: timeout, ...(state === "running" ? { activeAtMs: call.nowMs } : {}) } };
  });
  return "refusal" in set ? set.refusal : { status: 204 };
};

export const hibernateSandbox: Handler<OpenComputerParts> = async (call, parts) => {
  const hibernated = await decideOnSandbox(call, parts, (_, state) => {
    if (state === "stopped") return { refusal: refuse(400, "sandbox is not running", notRunning) };
    return state === "hibernated" ? {} : { change: { phase: "hibernated" } };
  });
  if ("refusal" in hibernated) return hibernated.refusal;
  return { status: 200, json: { sandboxID: hibernated.value.id, status: "hibernated" } };
};

const notRunning = {
  rule: "sandbox-stopped",
  message: "only a running sandbox hibernates; this one is stopped for good",
};

export const wakeSandbox: Handler<OpenComputerParts> = async (call, parts) => {
  const { timeout } = call.body as Schemas["WakeSandboxRequest"];
  const unknown = refuseUnknown("sandbox session not found");
  const woken = await decideOnSandbox(
    call,
    parts,
    (record, state) => {
      if (state !== "hibernated") return { refusal: refuse(404, "no active hibernation found", notHibernated(state)) };
      if (settings.of(call.world, call.tenant).plan === "halted") return { refusal: refusePlan(haltedWake) };
      return { change: { phase: "running", activeAtMs: call.nowMs, timeoutS: timeout ?? record.timeoutS } };
    },
    unknown,
  );
  if ("refusal" in woken) return woken.refusal;
  await awaken(call.world, woken.value, parts);
  const { id, region, workerID } = woken.value;
  const sandboxDomain = settings.of(call.world).previewDomain;
  return { status: 200, json: { sandboxID: id, status: "running", region, workerID, sandboxDomain } };
};

const haltedWake = "org is halted — upgrade to pro or wait for credit refill";

function notHibernated(state: string) {
  return { rule: "sandbox-not-hibernated", message: `the sandbox is ${state}; only a hibernated one wakes` };
}

export const refreshSandboxToken: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findSandbox(call, parts);
  if (found === undefined) return refuseUnknown();
  if (found.state === "stopped") return refuseStopped(found.record.id);
  return { status: 200, json: { token: call.world.secrets(tokenBytes) } };
};

const tokenBytes = 32;
