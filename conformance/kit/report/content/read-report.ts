import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { ContractError } from "../../../../src/contract/contract-error.ts";
import type { Report, ReportSet } from "./report.ts";
import schema from "./report.schema.json" with { type: "json" };

/**
 * Reads a JSON report, of one run or several.
 *
 * @param source - the file's name, for the error
 * @throws {@link ContractError} `CONFIG_INVALID` when the text is no report
 */
export function readReports(text: string, source: string): readonly Report[] {
  const validate = compile();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(source, "it is not JSON", cause);
  }
  if (!validate(value)) {
    const { instancePath, message } = validate.errors!.at(0)!;
    throw invalid(source, `${instancePath === "" ? "the whole" : instancePath} ${message ?? "is wrong"}`);
  }
  const report = value as Report | ReportSet;
  return "runs" in report ? report.runs : [report];
}

function compile() {
  const ajv = new Ajv2020({ strict: true });
  formats.default(ajv);
  return ajv.compile(schema);
}

function invalid(source: string, what: string, cause?: unknown): ContractError {
  const message = `${source} is no report: ${what}: give a file that --report json=FILE has written`;
  return new ContractError("CONFIG_INVALID", message, { cause });
}
