import { isObject } from "../../kit/law/schema.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import type { Deviation, StepContext, StepOutcome } from "../../kit/model/contract-model.ts";
import type { IdleTimeout, SandboxState } from "./sandbox-state.ts";
import { absent } from "./sandbox-state.ts";
import type { Part } from "./views.ts";
import { outcome, wrong } from "./wrong.ts";

/** What a create that was answered with a sandbox has made. */
export function make(
  state: SandboxState,
  { body, answer }: Extract<Part, { kind: "create" }>,
  { span, exchange, subject }: StepContext,
): StepOutcome<SandboxState> {
  const deviations: Deviation[] = [];
  if (state.status !== "absent") deviations.push(wrong("create/unique-ids", `${subject} was there before`));
  const sent = isObject(body.json) ? body.json : {};
  const token = answer["previewAuthToken"];
  const asksForGate = isObject(sent["previewAuth"]);
  const isGateOpen = sent["previewAuth"] === undefined && body.is !== "open";
  if (asksForGate && typeof token !== "string") {
    deviations.push(wrong("create/token-told", "previewAuth was sent, and the answer tells no token"));
  }
  if (isGateOpen && typeof token === "string" && token !== "") {
    deviations.push(wrong("create/no-token-unasked", "previewAuth was not sent, and the answer tells a token"));
  }
  const own = asksForGate ? (sent["previewAuth"] as { token?: unknown }).token : undefined;
  const isOwn = typeof own === "string" && own !== "" && own !== "auto";
  if (isOwn && typeof token === "string" && token !== own) {
    deviations.push(wrong("create/own-token-told", "the answer tells another token than the caller's own"));
  }
  const { region, workerID, sandboxDomain } = answer;
  const told = Object.fromEntries(
    Object.entries({ region, workerID, sandboxDomain }).filter(([, value]) => value !== undefined && value !== ""),
  );
  const asked = body.is === "valid" ? askedFor(sent) : {};
  const next: SandboxState = {
    ...absent,
    status: "running",
    ...(exchange.actor === undefined ? {} : { owner: exchange.actor }),
    createdIn: span,
    idle: idleOf(body),
    active: { ...span, by: "createSandbox" },
    tags: {},
    taggedAt: null,
    ports: {},
    ...(sent["image"] === undefined && sent["snapshot"] === undefined ? {} : { hasPrograms: true }),
    told: { ...asked, ...told },
    ...(isGateOpen ? { gate: null } : typeof token === "string" ? { gate: token } : {}),
  };
  return outcome(next, ...deviations);
}

/** Names of templates that mean no other one. */
const templates: readonly unknown[] = ["python", "node"];

/** What a sandbox is told to have later, since it was asked for. */
function askedFor({ templateID, cpuCount, memoryMB, image, snapshot }: JsonObject): JsonObject {
  if (image !== undefined || snapshot !== undefined) return {};
  return {
    ...(templates.includes(templateID) ? { template: templateID } : {}),
    ...(cpuCount === undefined ? {} : { cpuCount }),
    ...(memoryMB === undefined ? {} : { memoryMB }),
  };
}

function idleOf({ is, json }: Extract<Part, { kind: "create" }>["body"]): IdleTimeout {
  if (is === "none") return { seconds: 300, from: "default" };
  if (is !== "valid" || !isObject(json)) return { from: "create" };
  const { timeout } = json;
  return timeout === undefined ? { seconds: 300, from: "default" } : { seconds: Number(timeout), from: "create" };
}
