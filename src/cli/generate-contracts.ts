import { contracts } from "../generate/contracts.ts";
import { generateMockSchemas } from "./generate-mock-schemas.ts";
import { generateProfiles } from "./generate-profiles.ts";
import { generateContracts } from "./generate-run.ts";

// In CI the committed code is only compared with what the documents give: CI that writes would hide what it changed.
const inContinuousIntegration = !["", "0", "false", undefined].includes(process.env["CI"]);
const check = inContinuousIntegration || process.argv.includes("--check");
const isOwn = ({ name }: { readonly name: string }) => name === "control"; // made of the mock, which is made of the others
process.exitCode = Math.max(
  await generateContracts({ check, contracts: contracts.filter((contract) => !isOwn(contract)) }),
  await generateProfiles(check),
  await generateMockSchemas(check),
  await generateContracts({ check, contracts: contracts.filter(isOwn) }),
);
