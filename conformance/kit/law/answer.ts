import type { Breach } from "./case.ts";
import type { RunContract, ValidationError } from "./contract.ts";
import type { Exchange } from "./exchange.ts";
import { findOperation } from "./contract.ts";

/** What is needed to judge an answer by its shape: of a contract, and of an exchange. */
type AnswerShapes = Pick<RunContract, "name" | "operations" | "responseBodies">;
type Answered = Pick<Exchange, "operation" | "response"> & Partial<Exchange>;

/**
 * Judges one answer by the contract: its status is documented, its content type is that of the document, its body fits
 * the schema.
 *
 * @returns what is wrong with it, in one sentence; undefined where nothing is
 */
export function judgeAnswer(contract: AnswerShapes, exchange: Answered): string | undefined {
  const { status } = exchange.response;
  const key = statusKey(contract, exchange);
  if (key === undefined) {
    const { id, statuses } = findOperation(contract, exchange.operation);
    return `status ${status} is not documented for ${id}: documented are ${statuses.join(", ")}`;
  }
  return judgeBody(contract, { exchange, key });
}

/** The first refusal whose form is not documented. A server that fails is the business of other laws. */
export function firstMisshapen(contract: AnswerShapes, exchanges: readonly Exchange[]): Breach | undefined {
  for (const exchange of exchanges) {
    const { status } = exchange.response;
    const reason = status >= 400 && status < 500 ? judgeAnswer(contract, exchange) : undefined;
    if (reason !== undefined) return { reason, exchange };
  }
  return undefined;
}

/** The key under which the document describes this status: "404", "4XX" or "default". */
function statusKey(contract: AnswerShapes, { operation, response }: Answered): string | undefined {
  const { statuses } = findOperation(contract, operation);
  const candidates = [String(response.status), `${Math.floor(response.status / 100)}XX`, "default"];
  return candidates.find((candidate) => statuses.includes(candidate));
}

/** Whether the status is one of the documented ones that refuse a request for what is in it: 401 is about who sends it. */
export function isDocumentedRefusal(contract: RunContract, exchange: Exchange): boolean {
  const { status } = exchange.response;
  return status >= 400 && status < 500 && status !== 401 && statusKey(contract, exchange) !== undefined;
}

function judgeBody(contract: AnswerShapes, { exchange, key }: { exchange: Answered; key: string }): string | undefined {
  const validate = contract.responseBodies[exchange.operation]?.[key];
  if (validate === undefined) return undefined;
  const { status, headers, body, json } = exchange.response;
  const contentType = headers["content-type"] ?? "";
  const [mediaType = ""] = contentType.toLowerCase().split(/\s*;/);
  const { responseContentTypes } = findOperation(contract, exchange.operation);
  const documented = responseContentTypes[key] ?? [];
  if (!documented.includes(mediaType)) {
    return `the content type of status ${status} is "${contentType}", not ${documented.join(" or ")}`;
  }
  if (mediaType !== "application/json") return undefined;
  if (json === undefined) return `the body of status ${status} is not JSON: ${excerpt(body)}`;
  if (validate(json)) return undefined;
  return `the body of status ${status} breaks its schema: ${(validate.errors ?? []).map(errorText).join("; ")}`;
}

function errorText({ instancePath, message, keyword }: ValidationError): string {
  return `${instancePath === "" ? "the body" : instancePath} ${message ?? `breaks ${keyword}`}`;
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
