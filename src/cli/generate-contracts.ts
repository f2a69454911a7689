import { generateConfigSchema } from "./generate-config.ts";
import { generateProfiles } from "./generate-profiles.ts";
import { generateContracts } from "./generate-run.ts";

// In CI the committed code is only compared with what the documents give: CI that writes would hide what it changed.
const inContinuousIntegration = !["", "0", "false", undefined].includes(process.env["CI"]);
const check = inContinuousIntegration || process.argv.includes("--check");
process.exitCode = Math.max(
  await generateContracts({ check }),
  await generateProfiles(check),
  await generateConfigSchema(check),
);
