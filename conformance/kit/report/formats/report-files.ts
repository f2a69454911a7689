import { ContractError } from "../../../../src/contract/contract-error.ts";
import { reportFormats } from "./formats.ts";
import type { ReportFormat } from "./formats.ts";

/** A report to write: its form, and the file. */
export type ReportFile = { readonly format: ReportFormat; readonly file: string };

/**
 * Reads what stands behind `--report`: `json=out.json,junit=out.xml`.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for a form that there is not, or one without a file
 */
export function parseReportFiles(text: string): readonly ReportFile[] {
  return text.split(",").map((part) => {
    const [name = "", ...rest] = part.split("=");
    const format = reportFormats.find((candidate) => candidate === name.trim());
    const file = rest.join("=").trim();
    if (format !== undefined && file !== "") return { format, file };
    const known = reportFormats.join(", ");
    throw new ContractError(
      "CONFIG_INVALID",
      `--report ${part}: write a form and a file, such as json=report.json; the forms are ${known}`,
    );
  });
}
