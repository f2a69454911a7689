import { generateContracts } from "./generate-run.ts";

// In CI the committed code is only compared with what the documents give: CI that writes would hide what it changed.
const inContinuousIntegration = !["", "0", "false", undefined].includes(process.env["CI"]);
process.exitCode = await generateContracts({ check: inContinuousIntegration || process.argv.includes("--check") });
