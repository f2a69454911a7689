import { operations } from "../../generated/opencomputer/operations.ts";
import { requestBodies } from "../../generated/opencomputer/validators.js";
import type { ManualClock } from "../../src/contract/clock.ts";
import { createManualClock } from "../../src/contract/clock.ts";
import { parseJson } from "../kit/law/exchange.ts";
import { isObject } from "../kit/law/schema.ts";
import type { FetchLike, Target } from "../kit/target/target.ts";
import { isInside, serveInside } from "./fake-inside.fixture.ts";
import type { InsideOperation } from "./laws/inside.ts";
import { type OperationId, slugs } from "./operations.ts";

/** A request as the fake server sees it. */
export type Seen = {
  readonly operation: OperationId | InsideOperation | "preview";
  readonly key: string | undefined; // undefined without the header
  readonly id: string;
  readonly port: string;
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown; // undefined where it is not JSON
  readonly text: string;
  readonly box: Box | undefined; // the sandbox that it is for, as it is before
};

export type Answer = {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** A sandbox. Tests may spoil it. */
export type Box = {
  readonly id: string;
  readonly key: string;
  readonly startedAtMs: number;
  phase: "running" | "hibernated" | "stopped";
  timeout: number;
  activeAtMs: number;
  tags: unknown;
  taggedAtMs: number | undefined;
  ports: readonly number[];
  readonly configs: Map<number, unknown>; // by port
  token: string | undefined;
};

/** What a tamper may reach into. */
export type FakeWorld = {
  readonly boxes: Map<string, Box>;
  readonly clock: ManualClock;
  /** Free to use: what a tamper remembers. */
  readonly notes: Map<string, unknown>;
  readonly stateOf: (box: Box) => Box["phase"];
};

/** Stands between a request and the honest server: asks it, or answers by itself. */
export type Tamper = (seen: Seen, honest: (seen: Seen) => Answer, world: FakeWorld) => Answer;

export const fakeKey = "osb_Fake-key-0123456789";
export const otherFakeKey = "osb_Other-key-987654321";
export const fakeQuota = 6;

const startMs = Date.UTC(2026, 2, 1, 12);

type Validators = Readonly<Record<string, ((value: unknown) => boolean) | undefined>>;

/** A server that keeps every law, in one object: what a test tampers with shows in the laws about it. */
export function fakeServer(tamper: Tamper = (seen, honest) => honest(seen)): Target & { readonly fetch: FetchLike } {
  const clock = createManualClock(startMs);
  const world: FakeWorld = { boxes: new Map(), clock, notes: new Map(), stateOf: (box) => stateOf(box, clock.now()) };
  const honest = (seen: Seen): Answer =>
    seen.operation === "preview" ? answerPreview(seen, world) : serve(seen, world);
  const fetch: FetchLike = async (request) => {
    const seen = await read(request, world);
    if (seen === undefined) return Response.json({ message: "Not Found" }, { status: 404 });
    const { status, json, headers } = tamper(seen, honest, world);
    const init = { status, ...(headers === undefined ? {} : { headers }) };
    if (json === undefined || status === 204) return new Response(null, init);
    return typeof json === "string" ? new Response(json, init) : Response.json(json, init);
  };
  const previewVia = "http://127.0.0.1:9"; // nothing listens there: WebSockets fail at once
  return {
    baseUrl: "http://fake.test",
    previewVia,
    key: fakeKey,
    otherKey: otherFakeKey,
    quota: fakeQuota,
    clock,
    fetch,
  };
}

function serve(seen: Seen, world: FakeWorld): Answer {
  const isSigned = seen.operation === "downloadFile" || seen.operation === "uploadFile";
  if (!isSigned && seen.key !== fakeKey && seen.key !== otherFakeKey) return refusal(401, "missing or invalid API key");
  if (isInside(seen.operation)) return serveInside(seen, world);
  const unreadable = whyUnreadable(seen);
  if (unreadable !== undefined) return refusal(400, unreadable);
  if (seen.operation === "createSandbox") return create(seen, world);
  if (seen.operation === "listSandboxes") return list(seen, world);
  const box = world.boxes.get(seen.id);
  if (box === undefined || box.key !== seen.key) return refusal(404, "sandbox not found");
  box.phase = world.stateOf(box);
  return actOn(box, seen, world.clock.now());
}

function whyUnreadable({ operation, text, body, headers }: Seen): string | undefined {
  const validate = (requestBodies as Validators)[operation];
  if (validate === undefined) return undefined;
  if (text !== "" && !(headers.get("content-type") ?? "").startsWith("application/json")) return "it is not JSON";
  if (text === "") return validate({}) ? undefined : "a body is missing";
  return body === null || validate(body) ? undefined : "invalid request body";
}

/** Makes a sandbox. */
export function create({ key, body }: Seen, { boxes, clock, stateOf: state }: FakeWorld): Answer {
  const wish = isObject(body) ? body : {};
  const auth = wish["previewAuth"];
  const own = isObject(auth) ? auth["token"] : undefined;
  if (typeof own === "string" && (own !== own.trim() || own.includes("\n")))
    return refusal(400, "no header can show it");
  if (!["", "base", "python", "node", undefined].includes(wish["templateID"] as string))
    return refusal(404, "template not found");
  if (wish["snapshot"] !== undefined) return refusal(400, "snapshot not found");
  const active = [...boxes.values()].filter((box) => box.key === key && state(box) === "running").length;
  if (active >= fakeQuota) return { status: 429, json: { error: "the quota is full", active, limit: fakeQuota } };
  const token = auth === undefined ? undefined : drawToken(own, boxes.size);
  const id = `sb-${String(boxes.size + 1).padStart(8, "0")}`;
  const nowMs = clock.now();
  boxes.set(id, {
    ...{ id, key: key!, startedAtMs: nowMs, phase: "running", activeAtMs: nowMs, token },
    ...{
      timeout: typeof wish["timeout"] === "number" ? wish["timeout"] : 300,
      tags: {},
      taggedAtMs: undefined,
      ports: [],
      configs: new Map(),
    },
  });
  const told = token === undefined ? {} : { previewAuthToken: token };
  return { status: 201, json: { sandboxID: id, status: "running", region: "use2", workerID: "w-1", ...told } };
}

function drawToken(own: unknown, number: number): string {
  if (typeof own === "string" && own !== "" && own !== "auto") return own;
  return `${"kZ3-b_Xq9".repeat(5).slice(0, 39)}${String(number).padStart(4, "0")}`;
}

function list({ key }: Seen, { boxes, stateOf: state }: FakeWorld): Answer {
  const running = [...boxes.values()].filter((box) => box.key === key && state(box) === "running");
  return { status: 200, json: running.reverse().map((box) => view(box, "running")) };
}

function view(box: Box, status: Box["phase"]) {
  return {
    ...{ sandboxID: box.id, status, region: "use2", workerID: "w-1", startedAt: time(box.startedAtMs), tags: box.tags },
    tagsLastUpdatedAt: box.taggedAtMs === undefined ? null : time(box.taggedAtMs),
  };
}

function actOn(box: Box, seen: Seen, nowMs: number): Answer {
  const wish = isObject(seen.body) ? seen.body : {};
  const { phase } = box;
  switch (seen.operation) {
    case "getSandbox":
      return { status: 200, json: view(box, phase) };
    case "killSandbox":
      Object.assign(box, { phase: "stopped", ports: [] });
      return { status: 204 };
    case "setSandboxTimeout":
      if (phase === "stopped") return refusal(410, "stopped");
      Object.assign(box, { timeout: wish["timeout"], activeAtMs: nowMs });
      return { status: 204 };
    case "hibernateSandbox":
      if (phase === "stopped") return refusal(400, "not running");
      box.phase = "hibernated";
      return { status: 200, json: { sandboxID: box.id, status: "hibernated" } };
    case "wakeSandbox":
      if (phase !== "hibernated") return refusal(404, "no active hibernation found");
      Object.assign(box, { phase: "running", activeAtMs: nowMs, timeout: wish["timeout"] ?? box.timeout });
      return { status: 200, json: { sandboxID: box.id, status: "running" } };
    case "replaceSandboxTags":
      Object.assign(box, { tags: seen.body ?? {}, taggedAtMs: nowMs });
      return tagsAnswer(box);
    case "getSandboxTags":
      return tagsAnswer(box);
    default:
      return actOnPreviews(box, seen, wish);
  }
}

function actOnPreviews(box: Box, { operation, port }: Seen, wish: Readonly<Record<string, unknown>>): Answer {
  const wished = Number(wish["port"]);
  if (operation === "listPreviews") return { status: 200, json: box.ports.map((listed) => previewOf(box, listed)) };
  if (operation === "rotatePreviewToken") {
    if (box.phase === "stopped") return refusal(410, "stopped");
    box.token = drawToken(undefined, Number((box.token ?? "0").slice(-4).replace(/\D/g, "") || 0) + 1_000);
    return { status: 200, json: { previewAuthToken: box.token, scheme: "bearer" } };
  }
  if (operation === "createPreview") {
    if (box.phase !== "running") return refusal(400, "not running");
    if (wish["domain"] !== undefined) return refusal(400, "no custom domain");
    const isListed = box.ports.includes(wished);
    if (!isListed) box.configs.set(wished, wish["authConfig"] ?? {});
    if (!isListed) box.ports = [...box.ports, wished].sort((one, other) => one - other);
    return { status: isListed ? 200 : 201, json: previewOf(box, wished) };
  }
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535) return refusal(400, "invalid port");
  if (!box.ports.includes(Number(port))) return refusal(404, "no preview URL for this port");
  box.ports = box.ports.filter((listed) => listed !== Number(port));
  return { status: 204 };
}

function previewOf({ id, configs }: Box, port: number) {
  const hostname = `${id}-p${port}.fake.test`;
  const authConfig = configs.get(port) ?? {};
  return { id: `${id}/${port}`, sandboxId: id, hostname, port, authConfig, createdAt: time(startMs) };
}

function tagsAnswer({ tags, taggedAtMs }: Box): Answer {
  return { status: 200, json: { tags, tagsLastUpdatedAt: taggedAtMs === undefined ? null : time(taggedAtMs) } };
}

/** A request to a preview, at the gate. */
function answerPreview({ id, headers }: Seen, { boxes, clock, stateOf: state }: FakeWorld): Answer {
  const box = boxes.get(id);
  if (box === undefined) return refusal(404, "not found");
  const shown = shownToken(headers);
  const challenge = { "www-authenticate": 'Bearer realm="preview"' };
  if (box.token !== undefined && shown === undefined) return { ...refusal(401, "missing"), headers: challenge };
  if (box.token !== undefined && shown !== box.token) return refusal(401, "invalid preview token");
  if (state(box) === "stopped") return refusal(410, "stopped");
  Object.assign(box, { phase: "running", activeAtMs: clock.now() });
  return { status: 200, json: { port: "answers" } };
}

/** The token that the headers show, read as UTF-8. */
export function shownToken(headers: Headers): string | undefined {
  const own = (headers.get("x-oc-preview-token") ?? "").trim();
  const bearer = /^bearer +(.+)$/i.exec(headers.get("authorization") ?? "")?.[1]?.trim();
  const shown = own === "" ? bearer : own;
  return shown === undefined ? undefined : Buffer.from(shown, "latin1").toString("utf8");
}

function stateOf({ phase, timeout, activeAtMs }: Box, nowMs: number): Box["phase"] {
  return phase === "running" && timeout > 0 && nowMs >= activeAtMs + timeout * 1000 ? "hibernated" : phase;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** A refusal in the documented form. */
export function refusal(status: number, error: string): Answer {
  return { status, json: { error } };
}

/** Undefined for an unknown path. */
async function read(request: Request, { boxes }: FakeWorld): Promise<Seen | undefined> {
  const url = new URL(request.url);
  const text = await request.text();
  const key = request.headers.get("x-api-key") ?? undefined;
  const host = /^(sb-[0-9a-z-]+)-p(\d+)\./.exec(url.hostname);
  const common = { key, url, method: request.method, headers: request.headers, body: parseJson(text), text };
  if (host !== null) return { ...common, operation: "preview", id: host[1]!, port: host[2]!, box: boxes.get(host[1]!) };
  const found = Object.values(operations).find(
    ({ method, path }) => method === request.method.toLowerCase() && patternOf(path).test(url.pathname),
  );
  if (found === undefined || !(found.id in slugs || isInside(found.id))) return undefined;
  const [, , , id = "", , port = ""] = url.pathname.split("/").map(decodeURIComponent);
  return { ...common, operation: found.id as OperationId, id, port, box: boxes.get(id) };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`);
}

/** The answer with other members in its body. */
export function withMembers(answer: Answer, members: Readonly<Record<string, unknown>>): Answer {
  return { ...answer, json: { ...(isObject(answer.json) ? answer.json : {}), ...members } };
}
