import { operationSchemas, type OperationSchemas } from "../../generated/opencomputer/schemas.ts";
import type { Answer, Exchange, MockRequest, Outcome } from "../kit/exchange.ts";
import { findBodyIssues } from "../kit/body-issues.ts";
import type { Reason } from "../kit/journal.ts";
import { describeSyntaxError, isDeeperThan } from "../kit/json-text.ts";
import { refuse } from "./answers.ts";
import { withBuildLog } from "./build-log.ts";
import { explainIssues, notFlatText } from "./request-fault.ts";

/** Reads a body by the contract, or refuses it with a 400 in the vendor's words. */
export function readBody({ operation, request }: Exchange): Outcome<unknown> {
  const schemas = operationSchemas[operation.id as keyof typeof operationSchemas] as OperationSchemas;
  if (schemas.body === undefined || request.content !== undefined) return { value: undefined };
  if (request.bodyTooLarge) return { refusal: refuseTooLarge() };
  // A request without a body is bound as an empty one: whether that will do is for the schema to say.
  const read = request.body === "" ? { value: {} } : readJson(request);
  if ("unreadable" in read) return { refusal: refuseUnreadable(operation.id, read.unreadable) };
  const { value } = read;
  const issues = findBodyIssues(schemas.body, withPlainNames(operation.id, value));
  // What was sent is handed on as it is: members that the contract does not name are not judged here.
  if (issues.length === 0) return { value };
  const named = issues.map((issue) => ({ ...issue, path: issue.path.map(trueName) }));
  const refusal = explainIssues(operation.id, value, named);
  return { refusal: refusal.reason?.rule === "image-step" ? withBuildLog(request, value, refusal) : refusal };
}

type Unreadable = Reason & { readonly text: string };

function readJson(request: MockRequest): { readonly value: unknown } | { readonly unreadable: Unreadable } {
  const mediaType = request.header("content-type")?.split(";")[0]!.trim().toLowerCase();
  if (mediaType !== "application/json") return { unreadable: explainMediaType(mediaType) };
  if (isDeeperThan(request.body, levelsMax)) return { unreadable: tooDeep };
  try {
    return { value: JSON.parse(request.body) as unknown };
  } catch (error) {
    return { unreadable: explainSyntax(error as SyntaxError) };
  }
}

function refuseUnreadable(operationId: string, { text, ...reason }: Unreadable): Answer {
  return refuse(400, operationId === "replaceSandboxTags" ? notFlatText : `invalid request body: ${text}`, reason);
}

// What is accepted is written out again some time, and neither we nor the vendor can do that at any depth.
const levelsMax = 1_000;

// zod passes over a member of this name. It is judged under another, like any other key of a map.
const passedOver = "__proto__";
const standIn = "sandglass.__proto__";
const trueName = (part: PropertyKey) => (part === standIn ? passedOver : part);

function withPlainNames(operationId: string, value: unknown): unknown {
  if (operationId === "replaceSandboxTags") return withPlainName(value);
  if (operationId !== "createSandbox" || typeof value !== "object" || value === null) return value;
  const { envs, metadata } = value as Record<string, unknown>;
  if (!isOdd(envs) && !isOdd(metadata)) return value;
  return {
    ...value,
    ...(isOdd(envs) ? { envs: withPlainName(envs) } : {}),
    ...(isOdd(metadata) ? { metadata: withPlainName(metadata) } : {}),
  };
}

function withPlainName(map: unknown): unknown {
  if (!isOdd(map)) return map;
  const { [passedOver]: member, ...rest } = map;
  return { ...rest, [standIn]: member };
}

function isOdd(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, passedOver);
}

const tooDeep: Unreadable = {
  text: "code=400, message=Syntax error: exceeded max depth",
  rule: "body-too-deep",
  message: `the mock reads arrays and objects up to ${levelsMax} levels deep`,
};

function refuseTooLarge(): Answer {
  return refuse(413, "request body too large", {
    rule: "body-too-large",
    message: "the mock reads bodies of up to 1 MiB unless it is told otherwise",
  });
}

function explainMediaType(mediaType: string | undefined): Unreadable {
  return {
    text: "code=415, message=Unsupported Media Type",
    rule: "body-media-type",
    message: `send Content-Type: application/json, not ${mediaType ?? "none"}`,
  };
}

function explainSyntax(error: SyntaxError): Unreadable {
  const offset = /position (\d+)/.exec(error.message)?.[1] ?? "0";
  return {
    text: `code=400, message=Syntax error: offset=${offset}`,
    rule: "body-not-json",
    message: describeSyntaxError(error),
    pointer: "",
  };
}
