import type { Exchange } from "../law/exchange.ts";
import type { Finding, LawOutcome } from "../law/law-outcome.ts";
import { secretCharactersMax } from "./secret-mask.ts";
import type { RecordingEntry, Steps, SentEntry } from "../law/recording.ts";
import type { SecretMask } from "./secret-mask.ts";

/** The outcome without secrets. Only what came from the target or was sent to it is touched, never our own words. */
export function maskOutcome(mask: SecretMask, outcome: LawOutcome): LawOutcome {
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
    ...(finding.steps === undefined ? {} : { steps: maskSteps(mask, finding.steps) }),
  };
}

function maskSteps(mask: SecretMask, { entries, endings }: Steps): Steps {
  return {
    entries: entries.map((entry) => maskEntry(mask, entry)),
    endings: endings.map((entry) => maskSent(mask, entry)),
    secretLengths: mask.lengths,
  };
}

/** An entry of a recording without secrets. */
export function maskEntry(mask: SecretMask, entry: RecordingEntry): RecordingEntry {
  return entry.kind === "clock" ? entry : maskSent(mask, entry);
}

function maskSent(mask: SecretMask, entry: SentEntry): SentEntry {
  const masked = { ...entry, path: mask.data(entry.path), request: mask.data(entry.request) };
  if (masked.kind === "exchange") return { ...masked, exchange: maskExchange(mask, masked.exchange) };
  if (masked.kind === "lost") return { ...masked, reason: mask.text(masked.reason) };
  return masked.echoed === undefined ? masked : { ...masked, echoed: mask.text(masked.echoed) };
}

/** The exchange without secrets. */
export function maskExchange(mask: SecretMask, exchange: Exchange): Exchange {
  const { request, response } = exchange;
  return {
    ...exchange,
    request: mask.data(request),
    response: {
      ...response,
      headers: mask.data(response.headers),
      ...maskBody(mask, response),
    },
  };
}

/** So much of an answer is kept: more than a report shows, and no more than is masked in no time. */
const bodyCharactersMax = 64 * 1024;

/** A secret that is cut in two would not be known any more: what follows the last of them is left out. */
function maskBody(mask: SecretMask, { body, json }: Exchange["response"]): Pick<Exchange["response"], "body" | "json"> {
  if (body.length <= bodyCharactersMax) return { body: mask.text(body), json: mask.data(json) };
  const kept = mask.text(body.slice(0, bodyCharactersMax)).slice(0, -secretCharactersMax);
  return { body: `${kept}… (${body.length - kept.length} more characters)`, json: undefined };
}
