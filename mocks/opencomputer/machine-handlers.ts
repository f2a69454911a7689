import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Handler, Outcome } from "../kit/exchange.ts";
import type { Reason } from "../kit/journal.ts";
import { refuse, refuseUnknown } from "./answers.ts";
import { endCommands } from "./commands.ts";
import { decideOnSandbox, findSandbox, type OpenComputerParts } from "./parts.ts";
import type { OpenComputerSandboxRecord } from "./sandbox.ts";
import { memoryMBMax, refuseByPlan, refusePlan } from "./plan.ts";
import { resolveTier, tiers } from "./tier.ts";

type Schemas = components["schemas"];

const notRunning: Reason = { rule: "sandbox-not-running", message: "wake it first; a stopped one is gone for good" };
const refuseNotRunning = () => refuse(400, "sandbox is not running", notRunning);

/** Ends all that runs in a sandbox; its files are not touched. */
const restart: Handler<OpenComputerParts> = async (call, parts) => {
  const restarted = await decideOnSandbox(call, parts, (_, state) =>
    state === "running" ? {} : { refusal: refuseNotRunning() },
  );
  if ("refusal" in restarted) return restarted.refusal;
  endCommands(call.world, restarted.value.id);
  return { status: 204 };
};

export const rebootSandbox = restart;
export const powerCycleSandbox = restart;

export const scaleSandbox: Handler<OpenComputerParts> = async (call, parts) => {
  let wasOn = false;
  const scaled = await resize(call, parts, call.body as Schemas["ScaleRequest"], ({ scaling }) => {
    wasOn = scaling?.range !== undefined;
    return wasOn ? { scaling: { locked: false } } : {};
  });
  if ("refusal" in scaled) return scaled.refusal;
  return { status: 200, json: { ...viewSize(scaled.value), autoscaleDisabled: wasOn } };
};

export const setLimits: Handler<OpenComputerParts> = async (call, parts) => {
  const limits = call.body as Schemas["LimitsRequest"];
  const scaled = await resize(call, parts, limits);
  return "refusal" in scaled ? scaled.refusal : { status: 200, json: viewSize(scaled.value, limits.cpuPercent) };
};

/** Gives a sandbox another size, where its plan, its lock and its state allow it. */
function resize(
  call: Call,
  parts: OpenComputerParts,
  { memoryMB: asked, cpuPercent = 0 }: Schemas["LimitsRequest"],
  alsoChange: (record: OpenComputerSandboxRecord) => Partial<OpenComputerSandboxRecord> = () => ({}),
): Promise<Outcome<OpenComputerSandboxRecord>> {
  return decideOnSandbox(call, parts, (record, state) => {
    const { scaling, memoryMB: hasMB, sizes = [] } = record;
    const memoryMB = asked ?? hasMB;
    const refusal = refuseByPlan(call.world, call.tenant, { memoryMB, cpuCount: cpuPercent / 100 });
    if (refusal !== undefined) return { refusal };
    if (scaling?.locked === true) return { refusal: refuseLocked() };
    if (state !== "running") return { refusal: refuseNotRunning() };
    const before = hasMB === memoryMB ? {} : { sizes: [...sizes, [call.nowMs, hasMB] as const] };
    return { change: { memoryMB, cpuCount: resolveTier({ memoryMB }).cpuCount, ...before, ...alsoChange(record) } };
  });
}

function viewSize(
  { id: sandboxID, workerID, memoryMB, cpuCount }: OpenComputerSandboxRecord,
  cpuPercent = cpuCount * 100,
): Schemas["ScaledSandbox"] {
  return { sandboxID, workerID, memoryMB, cpuPercent, migrated: false, ok: true };
}

function refuseLocked(): Answer {
  const text = "scaling is locked on this sandbox — unlock via PUT /scaling-lock to allow size changes";
  const reason = { rule: "scaling-locked", message: "unlock it first: PUT /api/sandboxes/{id}/scaling-lock" };
  return refuse(403, text, reason, { code: "scaling_locked" });
}

export const getAutoscale: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findSandbox(call, parts);
  return found === undefined ? refuseUnknown() : { status: 200, json: viewAutoscale(found.record) };
};

export const setAutoscale: Handler<OpenComputerParts> = async (call, parts) => {
  const max = memoryMBMax(call.world, call.tenant, most);
  const { enabled, minMemoryMB = least, maxMemoryMB = max } = call.body as Schemas["AutoscaleRequest"];
  if (enabled && minMemoryMB > maxMemoryMB) {
    const reason = { rule: "autoscale", message: "the lower bound is above the upper one", pointer: "/minMemoryMB" };
    return refuse(400, "minMemoryMB must be ≤ maxMemoryMB", reason);
  }
  const set = await decideOnSandbox(call, parts, ({ scaling }) => {
    if (enabled && maxMemoryMB > max) return { refusal: refusePlan(autoscaleCapped) };
    if (scaling?.locked === true && enabled) return { refusal: refuseLocked() };
    const locked = scaling?.locked === true;
    return { change: { scaling: { locked, ...(enabled ? { range: [minMemoryMB, maxMemoryMB] as const } : {}) } } };
  });
  return "refusal" in set ? set.refusal : { status: 200, json: viewAutoscale(set.value) };
};

const autoscaleCapped = "free plan caps autoscale at 4096 MB — upgrade to pro for larger instances";
const least = tiers[0].memoryMB;
const most = tiers.at(-1)!.memoryMB;

function viewAutoscale({ id: sandboxID, scaling }: OpenComputerSandboxRecord): Schemas["Autoscale"] {
  const [minMemoryMB, maxMemoryMB] = scaling?.range ?? [0, 0];
  return { sandboxID, enabled: scaling?.range !== undefined, minMemoryMB, maxMemoryMB };
}

export const getScalingLock: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findSandbox(call, parts);
  if (found === undefined) return refuseUnknown();
  return { status: 200, json: { sandboxID: found.record.id, locked: found.record.scaling?.locked === true } };
};

export const setScalingLock: Handler<OpenComputerParts> = async (call, parts) => {
  const { locked } = call.body as Schemas["ScalingLockRequest"];
  const set = await decideOnSandbox(call, parts, ({ scaling }) => {
    const range = locked ? {} : scaling?.range === undefined ? {} : { range: scaling.range };
    return { change: { scaling: { locked, ...range } } };
  });
  return "refusal" in set ? set.refusal : { status: 200, json: { sandboxID: set.value.id, locked } };
};
