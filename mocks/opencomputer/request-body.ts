import type { z } from "zod";
import { operationSchemas, type OperationSchemas } from "../../generated/opencomputer/schemas.ts";
import type { Answer, Exchange, Outcome } from "../kit/exchange.ts";
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
  try {
    return check(schemas.body, JSON.parse(request.body), operation.id);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { refusal: refuseSyntax(error) };
  }
}

function check(schema: z.ZodType, value: unknown, operationId: string): Outcome<unknown> {
  const parsed = schema.safeParse(value);
  // What was sent is handed on as it is: members that the contract does not name are nobody's business here.
  return parsed.success ? { value } : { refusal: explainIssues(operationId, value, parsed.error.issues) };
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

function refuseSyntax({ message }: SyntaxError): Answer {
  const offset = /position (\d+)/.exec(message)?.[1] ?? "0";
  return refuse(400, `invalid request body: code=400, message=Syntax error: offset=${offset}`, {
    rule: "body-not-json",
    message,
    pointer: "",
  });
}
