import type { z } from "zod";
import { operationSchemas, type OperationSchemas } from "../../generated/recoup/schemas.ts";
import type { Answer, Exchange, Outcome } from "../kit/exchange.ts";
import { findBodyIssues } from "../kit/body-issues.ts";
import { describeSyntaxError } from "../kit/json-text.ts";
import { refuse, refuseField } from "./answers.ts";

type Issue = z.core.$ZodIssue;

/** Reads a body by the contract, or refuses it with a 400 that names the first fault. */
export function readBody({ operation, request }: Exchange): Outcome<unknown> {
  const schemas = operationSchemas[operation.id as keyof typeof operationSchemas] as OperationSchemas;
  if (schemas.body === undefined) return { value: undefined };
  if (request.bodyTooLarge) return { refusal: refuseTooLarge() };
  if (request.body === "" && !schemas.bodyRequired) return { value: {} };
  let value: unknown;
  try {
    value = JSON.parse(request.body);
  } catch (error) {
    const hint = describeSyntaxError(error as SyntaxError);
    return { refusal: refuseField([], "Request body must be valid JSON", "body-not-json", hint) };
  }
  const [issue] = findBodyIssues(schemas.body, value);
  // What was sent is handed on as it is: members that the contract does not name are nobody's business here.
  return issue === undefined ? { value } : { refusal: explain(issue) };
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
