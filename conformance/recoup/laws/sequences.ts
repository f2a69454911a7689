import type { Law } from "../../kit/law/law.ts";
import { explorationLaw } from "../../kit/explore/explore.ts";
import { exploration } from "../model/exploration.ts";
import { pointer } from "../operations.ts";

/** What follows on what. It changes accounts for good, so that it is judged in the profile `full` only. */
export const sequences: readonly Law[] = [
  explorationLaw({
    id: "recoup/sequence/tour",
    exploration,
    requirement: "SHOULD",
    statement:
      "keep to each account what is set, uploaded and run for it, whatever operation follows on whatever other",
    source: pointer("updateSandboxSnapshot"),
    operations: exploration.operations,
    needs: ["memory"],
    isOfLaw: (clause) =>
      /^recoup\/(account|update|delete|setup|upload|get-file)\/(?!.*-shape)|\/(keeps-what-was-set|shows-files|lists-recent|one-each|when-failing)$/.test(
        clause,
      ),
  }),
];
