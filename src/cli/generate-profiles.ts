import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ContractError } from "../contract/contract-error.ts";
import { updateFiles } from "../generate/output-folder.ts";
import { emitProfiles } from "../generate/profiles.ts";
import { contractNames } from "./contract-names.ts";
import { type Output, terminal } from "./generate-run.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const fileName = "profiles.ts";

/**
 * Writes each vendor's table of profiles as a module that the mock and the laws import, or compares it.
 *
 * @returns the exit code: 0 written or up to date, 1 outdated (with `check`), 2 for a table that is no good
 */
export async function generateProfiles(check: boolean, output: Output = terminal): Promise<number> {
  let worst = 0;
  for (const contract of contractNames) {
    const [source, label] = [`specs/${contract}/profiles.yaml`, `generated/${contract}`];
    const folder = `${root}${label}`;
    try {
      const text = emitProfiles(await readFile(`${root}${source}`, "utf8"), source);
      const changed = await updateFiles({ folder, check }, (staging) => writeFile(join(staging, fileName), text));
      if (check && changed.length > 0) {
        output.err(`${label}/${fileName} is outdated: run npm run generate`);
        worst = Math.max(worst, 1);
      } else if (changed.length > 0) output.out(`${label}: wrote ${fileName}`);
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      output.err(error.message);
      worst = 2;
    }
  }
  return worst;
}
