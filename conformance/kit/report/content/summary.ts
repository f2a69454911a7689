import type { Coverage } from "../../run/coverage.ts";

import type { Retries } from "../../target/retry.ts";
import type { LawReport, Report } from "./report.ts";
import type { TrafficSummary, Counted } from "../../run/event.ts";

/** "41 passed, 2 failed, 3 skipped, 0 could not be judged". */
export function tally(laws: readonly LawReport[]): string {
  const count = (verdict: LawReport["verdict"]) => laws.filter((law) => law.verdict === verdict).length;
  return `${count("pass")} passed, ${count("fail")} failed, ${count("skip")} skipped, ${count("error")} could not be judged`;
}

/** With which input it was judged: "Profile deployment, seed 7". */
export function inputText({ profile, seed, recording }: Report): string {
  return recording === undefined ? `Profile ${profile}, seed ${seed}` : `Read from ${recording.files.join(", ")}`;
}

/**
 * What was created and what became of it, and what it took to ask for it; of a recording, what it held.
 */
export function ledgerLine({ ledger, requests, askedAgain, recording }: Report): string {
  if (recording !== undefined) return trafficLines(recording).join("; ");
  const { created, deleted, verifiedGone, leaked, expiring } = ledger;
  const left = expiring.length === 0 ? "" : `, ${expiring.length} left to expire`;
  const lost = leaked.length === 0 ? "nothing leaked" : `${leaked.length} leaked: ${someOf(leaked)}`;
  const again = askedAgain === undefined ? "" : askedAgainText(askedAgain);
  const asked = [requests === undefined ? "" : requestsText(requests), again].filter((text) => text !== "");
  const made = `${created} sandboxes created, ${deleted} deleted, ${verifiedGone} seen gone${left}, ${lost}`;
  return [made, ...asked].join("; ");
}

/** "7726 requests sent". */
export function requestsText(count: number): string {
  return `${count} ${count === 1 ? "request" : "requests"} sent`;
}

/** "asked again 3 times (429: 2, 502: 1), after 2.5 s in all"; nothing where nothing was. */
export function askedAgainText({ times, waitedMs, after }: Retries): string {
  if (times === 0) return "";
  const reasons = Object.entries(after).map(([reason, count]) => `${reason}: ${count}`);
  const waited = `${(waitedMs / 1000).toFixed(1)} s`;
  return `asked again ${times} ${times === 1 ? "time" : "times"} (${reasons.join(", ")}), after ${waited} in all`;
}

/** A list that stays short, however long it is. */
function someOf(names: readonly string[]): string {
  const more = names.length - namesMax;
  return more <= 0 ? names.join(", ") : `${names.slice(0, namesMax).join(", ")} and ${more} more`;
}

const namesMax = 10;

/** How much of the contract a run exercised. */
export function coverageLine(coverage: Coverage): string {
  const answers = Object.entries(coverage.operations).map(
    ([operation, statuses]) =>
      `${operation} (${Object.entries(statuses)
        .map(([status, times]) => `${status}: ${times}`)
        .join(", ")})`,
  );
  const explored = exploredText(coverage);
  const table = explored === "" ? "" : ` Table: ${explored}.`;
  return `Answers seen: ${answers.join("; ") || "none"}. Keywords broken: ${brokenKeywords(coverage)}.${table}`;
}

/** "explored 950 of 1000 cells (95 %) and 300 of 300 pairs (100 %)"; nothing where nothing was explored. */
export function exploredText({ explored }: Coverage): string {
  if (explored === undefined) return "";
  const share = ({ covered, of }: { readonly covered: number; readonly of: number }, what: string) =>
    `${covered} of ${of} ${what} (${Math.floor((100 * covered) / of)} %)`;
  return `explored ${share(explored.cells, "cells")} and ${share(explored.pairs, "pairs")}`;
}

/** The keywords of schemas that inputs have broken, by name. */
export function brokenKeywords({ keywords }: Coverage): string {
  const names = [...new Set(Object.values(keywords).flatMap(Object.keys))].sort();
  return names.join(", ") || "none";
}

/** A law's verdict with how far it can be trusted, and whether it is waived: "fail, confirmed, waived". */
export function verdictText({ verdict, evidence, waived }: LawReport): string {
  const how = evidence === null || evidence === "untestable" ? [] : [evidence];
  return [verdict, ...how, ...(waived === null ? [] : ["waived"])].join(", ");
}

/** Why a law came to its verdict, and what would let it be judged. */
export function whyText({ reason, flag, waived }: LawReport): string {
  const enable = flag === null ? [] : [`judged with ${flag}`];
  const lived = waived === null ? [] : [`waived until ${waived.expires} by ${waived.owner}: ${waived.reason}`];
  return [reason ?? "", ...enable, ...lived].filter((part) => part !== "").join("; ");
}

/** What a recording held, in lines for a reader. */
export function trafficLines(summary: TrafficSummary): readonly string[] {
  const { origins, isGuessed, entries, judged, callers, unanswered, bodiesMissing, cached, keysApart } = summary;
  return [
    `${entries} entries, ${judged} judged, with ${callers} ${callers === 1 ? "credential" : "credentials"}`,
    apiLine(origins, isGuessed),
    ...countedLine(summary.broken, "cannot be read"),
    ...countedLine(summary.elsewhere, "went to other hosts"),
    ...countedLine(summary.unknown, "went to the API, which has no such operation"),
    ...(unanswered === 0 ? [] : [`${unanswered} got no answer`]),
    ...(cached === 0 ? [] : [`${cached} were answered by a cache`]),
    ...(callers > 0 || judged === 0 ? [] : ["no request shows a credential: what depends on who acts was not judged"]),
    ...(callers < 2 || keysApart ? [] : ["the keys may be of one organisation: with --keys-apart, each has its own"]),
    ...(bodiesMissing === 0 ? [] : [`${bodiesMissing} stand there without a body, which was not judged`]),
  ];
}

function apiLine(origins: readonly string[], isGuessed: boolean): string {
  if (origins.length === 0) return "no request of it went to the API: say which is the API with --base-url or --host";
  const guess = isGuessed ? ", taken for it by the paths of their requests: name it with --base-url or --host" : "";
  return `API: ${origins.join(", ")}${guess}`;
}

function countedLine({ count, some }: Counted, what: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${what}: ${some.join("; ")}${count > some.length ? "; …" : ""}`];
}
