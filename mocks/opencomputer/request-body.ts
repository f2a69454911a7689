import type { z } from "zod";
import { operationSchemas, type OperationSchemas } from "../../generated/opencomputer/schemas.ts";
import type { Answer, Exchange, Outcome } from "../kit/exchange.ts";
import { findBodyIssues } from "../kit/body-issues.ts";
import { describeSyntaxError, isDeeperThan } from "../kit/json-text.ts";
import { refuse } from "./answers.ts";
import { explainIssues } from "./request-fault.ts";

/** Reads a body by the contract, or refuses it with a 400 in the vendor's words. */
export function readBody({ operation, request }: Exchange): Outcome<unknown> {
  const schemas = operationSchemas[operation.id as keyof typeof operationSchemas] as OperationSchemas;
  if (schemas.body === undefined) return { value: undefined };
  if (request.bodyTooLarge) return { refusal: refuseTooLarge() };
  // A request without a body is bound as an empty one: whether that will do is for the schema to say.
  if (request.body === "") return check(schemas.body, {}, operation.id);
  const mediaType = request.header("content-type")?.split(";")[0]!.trim().toLowerCase();
  if (mediaType !== "application/json") return { refusal: refuseMediaType(mediaType) };
  if (isDeeperThan(request.body, levelsMax)) return { refusal: refuseDepth() };
  try {
    return check(schemas.body, JSON.parse(request.body), operation.id);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { refusal: refuseSyntax(error) };
  }
}

// What is accepted is written out again some time, and neither we nor the vendor can do that at any depth.
const levelsMax = 1_000;

function check(schema: z.ZodType, value: unknown, operationId: string): Outcome<unknown> {
  const issues = findBodyIssues(schema, withPlainNames(operationId, value));
  // What was sent is handed on as it is: members that the contract does not name are nobody's business here.
  if (issues.length === 0) return { value };
  const named = issues.map((issue) => ({ ...issue, path: issue.path.map(trueName) }));
  return { refusal: explainIssues(operationId, value, named) };
}

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

function refuseDepth(): Answer {
  return refuse(400, "invalid request body: code=400, message=Syntax error: exceeded max depth", {
    rule: "body-too-deep",
    message: `the mock reads arrays and objects up to ${levelsMax} levels deep`,
  });
}

function refuseTooLarge(): Answer {
  return refuse(413, "request body too large", {
    rule: "body-too-large",
    message: "the mock reads bodies of up to 1 MiB unless it is told otherwise",
  });
}

function refuseMediaType(mediaType: string | undefined): Answer {
  return refuse(400, "invalid request body: code=415, message=Unsupported Media Type", {
    rule: "body-media-type",
    message: `send Content-Type: application/json, not ${mediaType ?? "none"}`,
  });
}

function refuseSyntax(error: SyntaxError): Answer {
  const offset = /position (\d+)/.exec(error.message)?.[1] ?? "0";
  return refuse(400, `invalid request body: code=400, message=Syntax error: offset=${offset}`, {
    rule: "body-not-json",
    message: describeSyntaxError(error),
    pointer: "",
  });
}
