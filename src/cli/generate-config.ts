import { fileURLToPath } from "node:url";
import { z } from "zod";
import { configSchema } from "../../mocks/index.ts";
import { changedFiles, writeFiles } from "../generate/output-folder.ts";
import { type Output, terminal } from "./generate-run.ts";

const label = "generated/config";
const fileName = "sandglass.config.schema.json";

/** The JSON Schema of `sandglass.config.*`, for editors, as the text of its file. */
export function formatConfigSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(configSchema, { io: "input" }), null, 2)}\n`;
}

/**
 * Writes the JSON Schema of the mock's configuration, or compares it.
 *
 * @returns the exit code: 0 written or up to date, 1 outdated (with `check`)
 */
export async function generateConfigSchema(check: boolean, output: Output = terminal): Promise<number> {
  const folder = fileURLToPath(new URL(`../../${label}`, import.meta.url));
  const files = new Map([[fileName, formatConfigSchema()]]);
  if (check) {
    const outdated = await changedFiles(folder, files);
    for (const name of outdated) output.err(`${label}/${name} is outdated: run npm run generate`);
    if (outdated.length === 0) output.out(`${label}: up to date`);
    return outdated.length === 0 ? 0 : 1;
  }
  const changed = await writeFiles(folder, files);
  output.out(changed.length === 0 ? `${label}: nothing changed` : `${label}: wrote ${changed.join(", ")}`);
  return 0;
}
