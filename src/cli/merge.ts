import { readFileSync } from "node:fs";
import { Command } from "commander";
import { assertReadable } from "./named-file.ts";
import { parseOptionFiles } from "./option-files.ts";
import { reportFlag, writeReports } from "./write-reports.ts";

/** The command `merge`: reports of several runs as one, with the laws of one contract side by side where it was judged on several targets. */
export function createMergeCommand(): Command {
  return new Command("merge")
    .description("make one report of those of several runs")
    .argument("<report...>", "files that conform --report json=FILE has written")
    .requiredOption(...reportFlag)
    .action(async (files: readonly string[], { report }: { readonly report: string }) => {
      const { exitCodes, readReports, reportFormats, worstResult } = await import("../../conformance/command.ts");
      const outputs = parseOptionFiles("--report", report, { formats: reportFormats, example: "html=report.html" });
      const reports = files.flatMap((file) => {
        assertReadable("the report", file);
        return readReports(readFileSync(file, "utf8"), file);
      });
      await writeReports(outputs, reports);
      process.exitCode = exitCodes[worstResult(reports.map(({ conclusion }) => conclusion.result))];
    });
}
