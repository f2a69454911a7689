import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { updateFiles } from "../generate/output-folder.ts";
import { type Output, terminal } from "./generate-run.ts";

/**
 * Writes what is made of the schemas by which the mock judges its input, or compares it: a JSON Schema of `sandglass.config.*`
 * for editors, and the part of the control API's document that depends on the contracts.
 *
 * @returns the exit code: 0 written or up to date, 1 outdated (with `check`)
 */
export async function generateMockSchemas(check: boolean, output: Output = terminal): Promise<number> {
  // Loaded late: the mock is made of the contracts' generated code.
  const { formatConfigSchema, formatControlOverlay } = await import("../../mocks/documents.ts");
  const texts = {
    "generated/config": ["sandglass.config.schema.json", formatConfigSchema()],
    "generated/control": ["schemas.overlay.json", formatControlOverlay()],
  } as const;
  let worst = 0;
  for (const [label, [name, document]] of Object.entries(texts)) {
    const folder = fileURLToPath(new URL(`../../${label}`, import.meta.url));
    const text = `${JSON.stringify(document, null, 2)}\n`;
    const changed = await updateFiles({ folder, check }, (staging) => writeFile(join(staging, name), text));
    if (check && changed.length > 0) {
      output.err(`${label}/${name} is outdated: run npm run generate`);
      worst = 1;
    } else if (changed.length > 0) output.out(`${label}: wrote ${name}`);
  }
  return worst;
}
