import { joinReports } from "../model/report.ts";
import type { Report } from "../model/report.ts";

/** Reports as JSON, as `report.schema.json` says. */
export function formatJson(reports: readonly Report[]): string {
  return `${JSON.stringify(joinReports(reports), null, 2)}\n`;
}
