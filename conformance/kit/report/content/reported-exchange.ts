import { cutText } from "../../law/exchange.ts";
import type { Exchange } from "../../law/exchange.ts";

/** One request with its answer, as a report shows it: bodies as text, long ones cut. */
export type ReportedExchange = {
  readonly operation: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly startedAtMs: number; // milliseconds since the Unix epoch
  readonly durationMs: number;
};

/** Characters of an answer's body that a report keeps. What was sent is kept whole, since it is sent again. */
const answerCharactersMax = 4_000;

/**
 * Puts an exchange into a report's terms. Secrets have to be masked already.
 *
 * @param charactersMax - of the answer's body
 */
export function reportExchange(
  { operation, request, response, startedAtMs, durationMs }: Exchange,
  charactersMax: number = answerCharactersMax,
): ReportedExchange {
  const { method, url, headers, body = null } = request;
  return {
    operation,
    request: { method, url, headers, body },
    response: { status: response.status, headers: response.headers, body: cutText(response.body, charactersMax) },
    startedAtMs,
    durationMs,
  };
}
