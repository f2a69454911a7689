import type { ClauseLocator } from "./clause-location.ts";
import { formatGithub } from "./format-github.ts";
import { formatHtml } from "./format-html.ts";
import { formatJunit } from "./format-junit.ts";
import { formatMarkdown } from "./format-markdown.ts";
import { formatSarif } from "./format-sarif.ts";
import { joinReports } from "../content/report.ts";
import type { Report } from "../content/report.ts";

/** The forms in which a report can leave. */
export const reportFormats = ["json", "junit", "md", "html", "sarif", "github"] as const;
/** One of {@link reportFormats}. */
export type ReportFormat = (typeof reportFormats)[number];

const formatters: Readonly<Record<ReportFormat, (reports: readonly Report[], locate: ClauseLocator) => string>> = {
  json: (reports) => `${JSON.stringify(joinReports(reports), null, 2)}\n`, // as `report.schema.json` says
  junit: formatJunit,
  md: formatMarkdown,
  html: formatHtml,
  sarif: formatSarif,
  github: formatGithub,
};

/**
 * Writes reports in one form. The same reports give the same text.
 *
 * @param locate - finds the lines of clauses, for forms that point at them. Default: nowhere
 */
export function formatReports(
  format: ReportFormat,
  reports: readonly Report[],
  locate: ClauseLocator = () => undefined,
): string {
  return formatters[format](reports, locate);
}
