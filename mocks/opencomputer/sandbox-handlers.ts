import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Handler, Outcome } from "../kit/exchange.ts";
import { andThen, type Awaitable } from "../kit/table.ts";
import { refuse, refuseUnknown } from "./answers.ts";
import { withBuildLog } from "./build-log.ts";
import { endInside } from "./inside.ts";
import { decideOnSandbox, findSandbox, type OpenComputerParts } from "./parts.ts";
import { announce, insertSandbox, region, type SandboxOrder } from "./new-sandbox.ts";
import { drawPreviewToken, isPresentableToken } from "./preview-token.ts";
import { previewTokenFault } from "./request-fault.ts";
import { defaultTimeoutS, type OpenComputerSandboxRecord } from "./sandbox.ts";
import { resolveTier } from "./tier.ts";
import { deleteStore, noStore, openStore } from "./secret-store.ts";
import { settings } from "./settings.ts";

type Schemas = components["schemas"];
type CreateSandboxRequest = Schemas["CreateSandboxRequest"];

const listMax = 100;
const templates = new Set(["", "base", "python", "node", "default", "ubuntu"]);

// All that can refuse a create comes before the one step that stores it, so a refused create leaves nothing behind.
export const createSandbox: Handler<OpenComputerParts> = (call, parts) => {
  const body = call.body as CreateSandboxRequest;
  const token = choosePreviewToken(call, parts, body.previewAuth);
  if ("refusal" in token) return token.refusal;
  // A create without a store waits for nothing: a request that comes right behind it finds the sandbox.
  return andThen(body.secretStore ? openStore(call, body.secretStore) : { value: noStore }, (store) => {
    if ("refusal" in store) return withBuildLog(call.request, body, store.refusal);
    const refusal = refuseTemplate(body);
    if (refusal !== undefined) return refusal;
    const { timeout: timeoutS = defaultTimeoutS, envs, templateID, diskMB } = body;
    const order: SandboxOrder = {
      timeoutS,
      ...store.value,
      envs: { ...store.value.envs, ...envs },
      token: token.value,
      tier: resolveTier(body),
      diskMB,
      template: templateID || "base",
    };
    const more = token.value === undefined ? {} : { previewAuthToken: token.value };
    const answer =
      body.image === undefined && !body.snapshot
        ? createPlain(call, parts, order, more)
        : import("./boot-source.ts").then(({ createFromSource }) => createFromSource(call, parts, order, more));
    return andThen(answer, (made) => ({ ...made, unread: unreadFields(body) }));
  });
};

function createPlain(call: Call, parts: OpenComputerParts, order: SandboxOrder, more: object): Awaitable<Answer> {
  return andThen(insertSandbox(call, parts, order), (stored) => {
    if ("refusal" in stored) return stored.refusal;
    const { id, workerID } = stored.value;
    const sandboxDomain = settings.of(call.world).previewDomain;
    return andThen(announce(call, stored.value, (call.body as CreateSandboxRequest).webhooks), (told) => {
      const json = { sandboxID: id, status: "running", region, workerID, sandboxDomain, ...more, ...told };
      return { status: 201, json };
    });
  });
}

const knownFields = new Set(
  "templateID timeout cpuCount memoryMB diskMB burst envs metadata image snapshot secretStore previewAuth webhooks".split(
    " ",
  ),
);

function unreadFields(body: CreateSandboxRequest): string[] {
  return Object.keys(body)
    .filter((field) => !knownFields.has(field))
    .map((field) => `/${field}`);
}

function choosePreviewToken(
  { world }: Call,
  parts: OpenComputerParts,
  auth: CreateSandboxRequest["previewAuth"],
): Outcome<string | undefined> {
  if (auth === undefined) return { value: undefined };
  const { token } = auth;
  if (token === undefined || token === "" || token === "auto") return { value: drawPreviewToken(world.secrets) };
  if (parts.acceptsToken(token)) return { value: token };
  const { text, rule, hint } = previewTokenFault;
  const message = isPresentableToken(token) ? hint : "no header can carry control characters, or blanks at the ends";
  return { refusal: refuse(400, text, { rule, message, pointer: "/previewAuth/token" }) };
}

function refuseTemplate({ templateID = "" }: CreateSandboxRequest): Answer | undefined {
  if (!templates.has(templateID)) {
    const message = `templates are ${[...templates].filter(Boolean).join(", ")}`;
    const reason = { rule: "template-unknown", message, pointer: "/templateID" };
    return refuse(404, `template not found: ${templateID}`, reason);
  }
  return undefined;
}

export const listSandboxes: Handler<OpenComputerParts> = ({ world, tenant, nowMs }, parts) =>
  andThen(parts.sandboxes(world).list(tenant.id, { limit: listMax, liveAtMs: nowMs }), (records) => {
    const { previewDomain } = settings.of(world);
    const view = (record: OpenComputerSandboxRecord) =>
      parts.viewSandbox(record, parts.stateAt(record, nowMs), previewDomain);
    return { status: 200, json: records.map(view) };
  });

export const getSandbox: Handler<OpenComputerParts> = (call, parts) =>
  andThen(findSandbox(call, parts), (found) => {
    if (found === undefined) return refuseUnknown();
    return { status: 200, json: parts.viewSandbox(found.record, found.state, settings.of(call.world).previewDomain) };
  });

export const killSandbox: Handler<OpenComputerParts> = async (call, parts) => {
  const killed = await decideOnSandbox(call, parts, (_, state) =>
    state === "stopped" ? {} : { change: { phase: "stopped", previews: [] } },
  );
  if ("refusal" in killed) return killed.refusal;
  await endInside(call.world, killed.value.id);
  const { secretStoreId } = killed.value;
  const isAsked = /^(?:1|true|yes|y|on)$/i.test(call.request.query("deleteSecretStore") ?? "");
  if (isAsked && secretStoreId !== undefined) await deleteStore(call.world, secretStoreId);
  return { status: 204 };
};
