import { createHash } from "node:crypto";
import type { ClauseLocator } from "./clause-location.ts";
import type { LawReport, Report } from "../content/report.ts";

/**
 * Reports as SARIF 2.1.0, for code scanning: a rule for each law, a result for each breach, at the line of the violated clause
 * in the contract's own files.
 *
 * @param locate - finds the line of a law's source, by contract and JSON pointer
 * @see https://docs.github.com/en/code-security/code-scanning, "SARIF support": what GitHub asks beyond the standard
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function formatSarif(reports: readonly Report[], locate: ClauseLocator): string {
  return `${JSON.stringify({ version: "2.1.0", $schema: schema, runs: reports.map((report) => run(report, locate)) }, null, 2)}\n`;
}

const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const levels = { MUST: "error", SHOULD: "warning", MAY: "note" } as const;

function run(report: Report, locate: ClauseLocator) {
  const { contract, target, seed, startedAt, durationMs, laws, conclusion } = report;
  const failed = laws.filter(({ verdict }) => verdict === "fail");
  const broken = laws.filter(({ verdict }) => verdict === "error");
  const endTimeUtc = new Date(Date.parse(startedAt) + durationMs).toISOString();
  return {
    tool: { driver: { name: "sandglass", rules: laws.map(rule) } },
    automationDetails: { id: `sandglass/${contract}/` },
    columnKind: "unicodeCodePoints",
    invocations: [
      {
        executionSuccessful: conclusion.result !== "untrusted",
        exitCode: conclusion.exitCode,
        exitCodeDescription: conclusion.headline,
        startTimeUtc: startedAt,
        endTimeUtc,
        toolExecutionNotifications: [
          ...broken.map(({ id, reason }) => ({
            level: "warning",
            message: { text: `${id} could not be judged: ${reason ?? ""}` },
            associatedRule: { id },
          })),
          ...conclusion.causes.map(({ text }) => ({ level: "error", message: { text } })),
        ],
      },
    ],
    results: failed.map((law) => result(law, laws.indexOf(law), locate(contract, law.source))),
    properties: { target, seed },
  };
}

function rule({ id, requirement, statement, source }: LawReport) {
  return {
    id,
    shortDescription: { text: cut(`A server ${requirement} ${statement}`, textCharactersMax) },
    fullDescription: { text: cut(`A server ${requirement} ${statement}. Clause: ${source}`, textCharactersMax) },
    help: { text: `Clause: ${source}` },
    defaultConfiguration: { level: levels[requirement] },
    properties: { tags: [requirement] },
  };
}

function result(law: LawReport, ruleIndex: number, place: ReturnType<ClauseLocator>) {
  const { id, requirement, evidence, reason, counterexample, reproduce } = law;
  const shown =
    counterexample === null ? "" : ` Counterexample: ${cut(JSON.stringify(counterexample), textCharactersMax)}.`;
  return {
    ruleId: id,
    ruleIndex,
    level: evidence === "confirmed" ? levels[requirement] : "note",
    message: { text: `${reason ?? ""}.${shown}\n${reproduce.command}` },
    ...(place === undefined
      ? {}
      : {
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: place.file, uriBaseId: "%SRCROOT%" },
                region: {
                  startLine: place.line,
                  startColumn: place.column,
                  endLine: place.line,
                  endColumn: place.endColumn,
                },
              },
              logicalLocations: [{ fullyQualifiedName: law.source }],
            },
          ],
        }),
    partialFingerprints: {
      // GitHub knows an alert again by this one, and seeds differ from run to run: a law is one alert.
      primaryLocationLineHash: `${fingerprint(id).slice(0, 16)}:1`,
      "lawAndCounterexample/v1": fingerprint(`${id}\n${JSON.stringify(counterexample)}`),
    },
    ...(law.waived === null ? {} : { suppressions: [{ kind: "external", justification: law.waived.reason }] }),
    properties: { evidence, requirement },
  };
}

/** Characters that GitHub takes of a description. */
const textCharactersMax = 1_000;

function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax).toWellFormed()}…`;
}

/** The same text has the same fingerprint in the next run. */
function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
