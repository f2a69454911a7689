import { weightOf } from "../../run/conclusion.ts";
import type { ClauseLocator } from "./clause-location.ts";
import { judgingOf } from "../content/report.ts";
import type { LawReport, Report } from "../content/report.ts";

/**
 * Reports as annotations of a GitHub Actions job, one a line: an error for each law and each cause that makes the run red, a
 * warning or a notice for each other breach, at the line of the clause. The runner reads them from standard output.
 *
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function formatGithub(reports: readonly Report[], locate: ClauseLocator): string {
  return reports
    .flatMap((report) => [
      ...report.laws.flatMap((law) => annotation(law, report, locate)),
      ...report.conclusion.causes.map(({ text }) => command("error", { title: `sandglass ${report.contract}` }, text)),
      command(
        report.conclusion.result === "held" ? "notice" : "error",
        { title: "sandglass" },
        report.conclusion.headline,
      ),
    ])
    .map((line) => `${line}\n`)
    .join("");
}

const levels = { MUST: "warning", SHOULD: "warning", MAY: "notice" } as const;

function annotation(law: LawReport, report: Report, locate: ClauseLocator): readonly string[] {
  const { id, requirement, statement, reason, source, verdict, reproduce } = law;
  const isRed = weightOf(law, judgingOf(report)) !== "held";
  if (!isRed && verdict !== "fail") return [];
  const place = locate(report.contract, source);
  const where = place === undefined ? {} : { file: place.file, line: String(place.line) };
  const text = `A server ${requirement} ${statement}. Seen: ${reason ?? ""}\n${reproduce.command}`;
  return [command(isRed ? "error" : levels[requirement], { ...where, title: id }, text)];
}

function command(level: string, properties: Readonly<Record<string, string>>, text: string): string {
  const written = Object.entries(properties).map(([name, value]) => `${name}=${escaped(value, /[%\r\n:,]/g)}`);
  return `::${level} ${written.join(",")}::${escaped(text, /[%\r\n]/g)}`;
}

function escaped(text: string, characters: RegExp): string {
  return text.replaceAll(characters, (character) => encodeURIComponent(character));
}
