import type { Exchange } from "./exchange.ts";
import type { Finding, Outcome } from "./finding.ts";
import type { SecretMask } from "./secret-mask.ts";

/** The outcome without secrets. Only what came from the target or was sent to it is touched, never our own words. */
export function maskOutcome(mask: SecretMask, outcome: Outcome): Outcome {
  return {
    ...outcome,
    ...(outcome.reason === undefined ? {} : { reason: mask.text(outcome.reason) }),
    ...(outcome.finding === undefined ? {} : { finding: maskFinding(mask, outcome.finding) }),
  };
}

function maskFinding(mask: SecretMask, finding: Finding): Finding {
  return {
    ...finding,
    reason: mask.text(finding.reason),
    ...("counterexample" in finding ? { counterexample: mask.data(finding.counterexample) } : {}),
    ...(finding.exchange === undefined ? {} : { exchange: maskExchange(mask, finding.exchange) }),
    ...(finding.exchanges === undefined
      ? {}
      : { exchanges: finding.exchanges.map((exchange) => maskExchange(mask, exchange)) }),
  };
}

function maskExchange(mask: SecretMask, exchange: Exchange): Exchange {
  const { request, response } = exchange;
  return {
    ...exchange,
    request: {
      ...request,
      url: mask.text(request.url),
      headers: maskValues(mask, request.headers),
      ...(request.body === undefined ? {} : { body: mask.text(request.body) }),
    },
    response: {
      ...response,
      headers: maskValues(mask, response.headers),
      body: mask.text(response.body),
      json: mask.data(response.json),
    },
  };
}

function maskValues(mask: SecretMask, headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, mask.text(value)]));
}
