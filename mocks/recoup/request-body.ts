import type { z } from "zod";
import { operationSchemas, type OperationSchemas } from "../../generated/recoup/schemas.ts";
import type { Answer, Exchange, Outcome } from "../kit/exchange.ts";
import { findBodyIssues } from "../kit/body-issues.ts";
import { describeSyntaxError } from "../kit/json-text.ts";
import { refuse, refuseField } from "./answers.ts";

type Issue = z.core.$ZodIssue;

/** Reads a body by the contract, or refuses it with a 400 that names the fault which the vendor sees first. */
export function readBody({ operation, request }: Exchange): Outcome<unknown> {
  const schemas = operationSchemas[operation.id as keyof typeof operationSchemas] as OperationSchemas;
  if (schemas.body === undefined) return { value: undefined };
  if (request.bodyTooLarge) return { refusal: refuseTooLarge() };
  if (request.body === "" && schemas.bodyRequired) return { refusal: refuseMissing(operation.id) };
  let value: unknown;
  try {
    value = JSON.parse(request.body || "{}");
  } catch (error) {
    if (unreadableIsEmpty.has(operation.id)) return { value: {} };
    const hint = describeSyntaxError(error as SyntaxError);
    return { refusal: refuseField([], notJsonText, "body-not-json", hint) };
  }
  const [issue] = [...findBodyIssues(schemas.body, value)].sort((one, other) => rankOf(one) - rankOf(other));
  // What was sent is handed on as it is: members that the contract does not name are not judged here.
  return issue === undefined ? { value } : { refusal: explain(issue) };
}

// Where no document says what becomes of a body that is no JSON: the vendor takes it for `{}`.
const unreadableIsEmpty: ReadonlySet<string> = new Set(["updateSandboxSnapshot", "deleteSandboxes", "setupSandbox"]);
const notJsonText = "Request body must be valid JSON";

// An upload without a body has words of the vendor's. Elsewhere the vendor does without one, and the contract does not.
function refuseMissing(operationId: string): Answer {
  const text = operationId === "uploadSandboxFiles" ? notJsonText : "Request body is required";
  return refuseField([], text, "body-missing", "the request has no body; {} is the least that it can be");
}

// The order in which the vendor judges members, whatever the document's; what concerns several comes after all of them.
const judged = [
  "snapshotId",
  "account_id",
  "command",
  "args",
  "cwd",
  "prompt",
  "github_repo",
  "files",
  "path",
  "message",
];

function rankOf({ path }: Issue): number {
  return path.length === 0 ? judged.length : judged.indexOf(path[0] as string);
}

function refuseTooLarge(): Answer {
  return refuse(413, "Request body too large", {
    rule: "body-too-large",
    message: "the mock reads bodies of up to 1 MiB unless it is told otherwise",
  });
}

// The vendor's own words for what zod finds, where it has any.
const texts: Readonly<Record<string, string>> = {
  "command too_small": "command cannot be empty",
  "prompt too_small": "prompt cannot be empty",
  "account_id invalid_format": "account_id must be a valid UUID",
  "snapshotId too_small": "snapshotId cannot be empty",
  "github_repo invalid_format": "github_repo must be a valid URL",
  "files too_small": "At least one file is required",
  "url invalid_format": "Each file must have a valid URL",
  "name too_small": "Each file must have a name",
};

function explain(issue: Issue): Answer {
  const path = issue.path as (string | number)[];
  if (issue.code === "invalid_union" && path.length === 0) {
    const hint = "send command or prompt; a sandbox runs one of them";
    return refuseField(["prompt"], "Cannot specify both command and prompt", "command-and-prompt", hint);
  }
  const text = texts[`${String(path.at(-1))} ${issue.code}`] ?? issue.message;
  return refuseField(path, text, `body-${issue.code.replaceAll("_", "-")}`, issue.message);
}
