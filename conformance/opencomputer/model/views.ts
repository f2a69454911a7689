import document from "../../../generated/opencomputer/openapi.json" with { type: "json" };
import { operations } from "../../../generated/opencomputer/operations.ts";
import { requestBodies } from "../../../generated/opencomputer/validators.js";
import type { BodyValidator } from "../../kit/law/contract.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import type { View } from "../../kit/model/contract-model.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import { parseJson } from "../../kit/law/exchange.ts";
import { isInside } from "./inside.ts";
import type { SandboxState } from "./sandbox-state.ts";
import { slugs } from "../operations.ts";
import type { OperationId } from "../operations.ts";

/** A request's body, by what the contract says of it. `open`: servers may read it one way or the other. */
export type SentBody = { readonly is: "none" | "valid" | "open" | "broken"; readonly json: unknown };

/** What an exchange says of one sandbox. */
export type Part =
  | { readonly kind: "create"; readonly body: SentBody; readonly answer: JsonObject }
  | { readonly kind: "operation"; readonly operation: OperationId; readonly body: SentBody }
  | { readonly kind: "listed"; readonly entry: JsonObject }
  | { readonly kind: "unlisted" }
  | { readonly kind: "preview"; readonly shown: readonly string[] }
  /** An operation inside a sandbox: commands and files. */
  | { readonly kind: "inside" }
  | { readonly kind: "checkpoint" }
  /** A request that no contract knows, for a sandbox that it names: it may be activity. */
  | { readonly kind: "other" };

export function isOperation(id: string): id is OperationId {
  return Object.hasOwn(slugs, id);
}

/** What a request's body is, by the contract. */
function readBody(operation: OperationId, { headers, body }: ObservedExchange["request"]): SentBody {
  const { requestBodyRequired } = operations[operation];
  if (body === undefined || body === "") return { is: requestBodyRequired ? "broken" : "none", json: undefined };
  const json = parseJson(body);
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) return { is: "open", json };
  if (json === undefined) return { is: "broken", json };
  // Where a body may be left out, servers read null as none.
  if (json === null && !requestBodyRequired) return { is: "open", json };
  const validate: BodyValidator | undefined = (requestBodies as Readonly<Record<string, BodyValidator>>)[operation];
  if (validate === undefined || validate(json)) return { is: hasWideText(json) ? "open" : "valid", json };
  return {
    is: validate(withoutNulls(json)) || validate(withoutOpen(json)) || isBeyond53Bits(json) ? "open" : "broken",
    json,
  };
}

/** A tag's value has 256 characters by the documentation and 256 bytes by what was seen. */
function hasWideText(json: unknown): boolean {
  const isWide = (value: unknown) => typeof value === "string" && Buffer.byteLength(value) > 256;
  return isObject(json) && Object.values(json).some(isWide);
}

/** What is kept as it is sent, whatever it is: `authConfig` guards nothing. */
function withoutOpen(json: unknown): unknown {
  if (!isObject(json)) return json;
  return Object.fromEntries(Object.entries(json).filter(([name]) => name !== "authConfig"));
}

/** Servers were seen to read null as left out. */
function withoutNulls(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutNulls);
  if (!isObject(json)) return json;
  const kept = Object.entries(json).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutNulls(value)]));
}

/** A server may take larger integers than JSON readers agree about. */
function isBeyond53Bits(json: unknown): boolean {
  return isObject(json) && Object.values(json).some((value) => Number(value) > Number.MAX_SAFE_INTEGER);
}

/** The sandbox that an exchange is about, and what it may do to it. */
export function changeOf(exchange: ObservedExchange): View<Part> | undefined {
  const { operation, path, request } = exchange;
  if (operation === "createSandbox") {
    const answer = createdIn(exchange);
    const id = answer?.["sandboxID"];
    if (answer === undefined || typeof id !== "string") return undefined;
    return { subject: id, part: { kind: "create", body: readBody(operation, request), answer } };
  }
  const subject = path["id"];
  if (subject === undefined || subject === "") return undefined;
  if (operation === "preview") return { subject, part: { kind: "preview", shown: shownTokens(request.headers) } };
  if (isInside(operation)) return { subject, part: { kind: "inside" } };
  if (operation === "createCheckpoint" || operation === "restoreCheckpoint") {
    return { subject, part: { kind: "checkpoint" } };
  }
  if (!isOperation(operation)) return { subject, part: { kind: "other" } };
  if (operation === "listSandboxes") return undefined;
  const isReading = request.method === "GET";
  return { subject, part: { kind: "operation", operation, body: readBody(operation, request) }, isReading };
}

/** What a create that succeeded says of its sandbox: its body, or the result in its stream of events. */
export function createdIn({ response }: Pick<ObservedExchange, "response">): JsonObject | undefined {
  if (response === undefined || response.status >= 300) return undefined;
  const streamed = /^event: result\ndata: (.*)$/m.exec(response.body)?.[1];
  const answer = streamed === undefined ? response.json : parseJson(streamed);
  return isObject(answer) ? answer : undefined;
}

/** What a list says of the sandboxes in it, and of those that are not. */
export function listViews(
  { operation, response, actor }: ObservedExchange,
  known: (fits: (state: SandboxState) => boolean) => readonly string[],
): readonly View<Part>[] {
  if (operation !== "listSandboxes" || response?.status !== 200 || !Array.isArray(response.json)) return [];
  const entries = response.json.filter(isObject);
  const listed = entries.map((entry): View<Part> => ({
    subject: String(entry["sandboxID"]),
    part: { kind: "listed", entry },
    isListed: true,
  }));
  if (entries.length >= document.paths["/api/sandboxes"].get["x-list"].itemsMax) return listed;
  const ids = new Set(listed.map(({ subject }) => subject));
  const mayBeMissed = ({ status, owner }: SandboxState) => status === "running" && owner === actor;
  const missing = known(mayBeMissed).filter((id) => !ids.has(id));
  return [
    ...listed,
    ...missing.map((subject): View<Part> => ({ subject, part: { kind: "unlisted" }, isListed: true })),
  ];
}

/** The tokens that a request shows at the gate, in the order in which they count. */
function shownTokens(headers: Readonly<Record<string, string>>): readonly string[] {
  const valueOf = (wanted: string) =>
    Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? "";
  const bearer = /^bearer[ \t]+(.*)$/i.exec(valueOf("authorization").trim())?.[1] ?? "";
  return [valueOf("x-oc-preview-token"), bearer]
    .map((token) => readOctets(token.trim()))
    .filter((token) => token !== "");
}

/** A header's octets are UTF-8, and may be told as if each were a character. */
function readOctets(text: string): string {
  if (/[^\u0000-\u00FF]/.test(text)) return text;
  const read = Buffer.from(text, "latin1").toString("utf8");
  return read.includes("\uFFFD") ? text : read;
}
