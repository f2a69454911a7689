import type { LawReport, Report } from "./report.ts";
import { escapeXml } from "./sequence-diagram.ts";
import { ledgerLine } from "./summary.ts";

/**
 * Reports as JUnit XML: a suite for each contract, a case for each law.
 *
 * JUnit knows no levels, so it is red where the command is: a `failure` is a confirmed breach of a MUST, an `error` a law
 * that could not be judged. Any other breach, a waived one too, is shown as skipped, with its reason.
 */
export function formatJunit(reports: readonly Report[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${reports.map(suite).join("\n")}\n</testsuites>\n`;
}

type Kind = "pass" | "failure" | "error" | "skipped";

function suite(report: Report): string {
  const { contract, target, seed, profile, startedAt, durationMs, laws } = report;
  const kinds = laws.map(kindOf);
  const count = (kind: Kind) => kinds.filter((each) => each === kind).length;
  const attributes = {
    name: `sandglass.${contract}`,
    hostname: target,
    timestamp: startedAt,
    time: String(durationMs / 1000),
    tests: String(laws.length),
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
    ...laws.map((law) => testCase(law, contract)),
    `    <system-out>${escapeXml(ledgerLine(report))}</system-out>`,
    `  </testsuite>`,
  ].join("\n");
}

function testCase(law: LawReport, contract: string): string {
  const opening = `    <testcase${format({ classname: `sandglass.${contract}`, name: law.id })}`;
  const kind = kindOf(law);
  if (kind === "pass") return `${opening}/>`;
  const type = kind === "skipped" ? {} : { type: law.requirement };
  const inner = `      <${kind}${format({ message: law.reason ?? "", ...type })}>${escapeXml(detail(law))}</${kind}>`;
  return `${opening}>\n${inner}\n    </testcase>`;
}

function kindOf({ verdict, requirement, evidence, waived }: LawReport): Kind {
  if (verdict === "pass") return "pass";
  if (verdict === "error") return "error";
  return verdict === "fail" && requirement === "MUST" && evidence === "confirmed" && waived === null
    ? "failure"
    : "skipped";
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
