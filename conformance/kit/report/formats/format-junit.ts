import { weightOf } from "../../run/conclusion.ts";
import type { Cause } from "../../run/conclusion.ts";
import { judgingOf } from "../content/report.ts";
import type { LawReport, Report } from "../content/report.ts";
import { escapeXml } from "./sequence-diagram.ts";
import { ledgerLine } from "../content/summary.ts";

/**
 * Reports as JUnit XML: a suite for each contract, a case for each law, and one for each cause beside them that makes a run
 * red.
 *
 * JUnit knows no levels, so it is red where the command is: a `failure` is what breaks the run, an `error` what keeps it from
 * being trusted. Any other breach, a waived one too, is shown as skipped, with its reason.
 */
export function formatJunit(reports: readonly Report[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${reports.map(suite).join("\n")}\n</testsuites>\n`;
}

type Kind = "pass" | "failure" | "error" | "skipped";

function suite(report: Report): string {
  const { contract, target, seed, profile, startedAt, durationMs, laws, conclusion } = report;
  const kinds = [...laws.map((law) => kindOf(law, report)), ...conclusion.causes.map(({ result }) => red[result])];
  const count = (kind: Kind) => kinds.filter((each) => each === kind).length;
  const attributes = {
    name: `sandglass.${contract}`,
    hostname: target,
    timestamp: startedAt,
    time: seconds(durationMs),
    tests: String(kinds.length),
    failures: String(count("failure")),
    errors: String(count("error")),
    skipped: String(count("skipped")),
  };
  const properties = Object.entries({ seed: String(seed), profile }).map(
    ([name, value]) => `      <property${format({ name, value })}/>`,
  );
  return [
    `  <testsuite${format(attributes)}>`,
    `    <properties>\n${properties.join("\n")}\n    </properties>`,
    ...laws.map((law) => testCase(law, report)),
    ...conclusion.causes.map((cause) => causeCase(cause, contract)),
    `    <system-out>${escapeXml(`${conclusion.headline} ${ledgerLine(report)}`)}</system-out>`,
    `  </testsuite>`,
  ].join("\n");
}

function testCase(law: LawReport, report: Report): string {
  const name = { classname: `sandglass.${report.contract}`, name: law.id, time: seconds(law.durationMs) };
  const opening = `    <testcase${format(name)}`;
  const kind = kindOf(law, report);
  if (kind === "pass") return `${opening}/>`;
  const type = kind === "skipped" ? {} : { type: law.requirement };
  const inner = `      <${kind}${format({ message: law.reason ?? "", ...type })}>${escapeXml(detail(law))}</${kind}>`;
  return `${opening}>\n${inner}\n    </testcase>`;
}

function causeCase({ kind, result, text }: Cause, contract: string): string {
  const opening = `    <testcase${format({ classname: `sandglass.${contract}`, name: `run/${kind}`, time: "0" })}>`;
  return `${opening}\n      <${red[result]}${format({ message: text, type: kind })}/>\n    </testcase>`;
}

const red = { broken: "failure", untrusted: "error" } as const;

function kindOf(law: LawReport, report: Report): Kind {
  if (law.verdict === "pass") return "pass";
  const weight = weightOf(law, judgingOf(report));
  return weight === "held" ? "skipped" : red[weight];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function detail({ requirement, statement, source, evidence, counterexample, reproduce }: LawReport): string {
  return [
    `A server ${requirement} ${statement} (${source})`,
    ...(evidence === null ? [] : [`evidence: ${evidence}`]),
    ...(counterexample === null ? [] : [`counterexample: ${JSON.stringify(counterexample)}`]),
    `again: ${reproduce.command}`,
    ...(reproduce.curl === null ? [] : [reproduce.curl]),
  ].join("\n");
}

function format(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(value).replaceAll("\n", "&#10;")}"`)
    .join("");
}
