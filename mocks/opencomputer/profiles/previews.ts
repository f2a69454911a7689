import type { Answer } from "../../kit/exchange.ts";
import type { Reason } from "../../kit/journal.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import type { Differ } from "../../kit/profile.ts";
import { refuse } from "../answers.ts";
import type { OpenComputerParts } from "../parts.ts";

type Difference = Differ<OpenComputerParts>;

export const noPreviewsOfUnknown: Difference = (parts) =>
  wrapHandlers(parts, ["listPreviews"], (inner) => async (call, whole) => {
    const answer = await inner(call, whole);
    return answer.status === 404 ? { status: 200, json: [] } : answer;
  });

export const previewCreateIs400: Difference = (parts) =>
  wrapHandlers(parts, ["createPreview"], (inner) => async (call, whole) => {
    const answer = await inner(call, whole);
    return answer.status === 404 ? refuse(400, "sandbox is not running or not found", answer.reason!) : answer;
  });

/** As C's `scanf` reads `%d`. */
export const portWithATail: Difference = (parts) =>
  wrapHandlers(parts, ["deletePreview"], (inner) => (call, whole) => {
    const digits = /^\s*\+?0*(\d+)/.exec(call.request.params["port"]!)?.[1];
    if (digits === undefined) return inner(call, whole);
    const params = { ...call.request.params, port: digits };
    return inner({ ...call, request: { ...call.request, params } }, whole);
  });

export const previewDoesNotWake: Difference = (parts) => ({
  ...parts,
  admitPreview: (record, state, ...rest) => {
    const decision = parts.admitPreview(record, state, ...rest);
    if (decision.refusal !== undefined || state !== "hibernated") return decision;
    const message = "this server wakes no sandbox for its preview: wake it by its operation";
    const reason = { rule: "sandbox-hibernated", message };
    return { refusal: refuse(502, `sandbox ${record.id}: upstream unavailable`, reason) };
  },
});

const corsHeaders = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
};
const preflight: Answer = { status: 204, headers: corsHeaders };

export const optionsPassTheGate: Difference = (parts) => ({
  ...parts,
  passGate: async (request, whole) => (request.method === "OPTIONS" ? preflight : parts.passGate(request, whole)),
});

export const gateTellsWhoIsGone: Difference = (parts) => ({
  ...parts,
  refuseUnknownPreview: (id) => refuseAsText(parts.refuseUnknownPreview(id), `sandbox ${id} not found`),
  admitPreview: (record, state, verdict, nowMs) => {
    if (state !== "stopped") return parts.admitPreview(record, state, verdict, nowMs);
    const { refusal } = parts.admitPreview(record, state, "open", nowMs);
    return { refusal: refuseAsText(refusal!, `sandbox ${record.id} is stopped`) };
  },
});

function refuseAsText({ status, reason }: Answer, text: string): Answer {
  return { status, text, headers: { "content-type": "text/plain;charset=UTF-8" }, reason: reason as Reason };
}

export const portSeesToken: Difference = (parts) => ({
  ...parts,
  passGate: (request, whole) => {
    const settings = { ...request.world.settings, previewKeepsToken: true };
    return parts.passGate({ ...request, world: { ...request.world, settings } }, whole);
  },
});

export const wrongMethodIs404: Difference = (parts) => ({
  ...parts,
  elsewhere: (answer, { method }) => {
    if (method === "OPTIONS") return preflight;
    if (answer.status !== 405) return answer;
    return { status: 404, json: { message: "Not Found" }, ...(answer.reason ? { reason: answer.reason } : {}) };
  },
});
