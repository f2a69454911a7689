import type { Law } from "../../kit/law/law.ts";
import { explorationLaw } from "../../kit/explore/explore.ts";
import { concurrentWalkLaw, randomWalkLaw } from "../../kit/explore/walk-law.ts";
import { exploration } from "../model/exploration.ts";

const operations = [
  ...["getSandbox", "listSandboxes", "hibernateSandbox", "wakeSandbox", "killSandbox"],
  ...["getSandboxTags", "replaceSandboxTags", "createPreview", "listPreviews", "deletePreview"],
  ...["rotatePreviewToken", "setSandboxTimeout"],
];

const ofLifeCycle = /\/(when-[a-z]+|final|stops|hibernates|runs-again|sleeps-on)$/;
const ofLateness = /\/timeout-(fires|default|kept|replaced)$|set-timeout\/replaces$/;
const ofTimeouts = /^opencomputer\/(create\/timeout-|set-timeout\/(never|replaces|restarts)|wake\/timeout-)/;

const ofOneSandbox =
  /^opencomputer\/((get|replace)-tags|(create|delete|list)-previews?)\/(?!.*(shape|foreign|credentials))/;

/** Walks on one sandbox, whose timeout is longer than any takes. */
const walks = {
  exploration,
  operations,
  source: "#/components/schemas/SandboxStatus",
  needs: ["memory"],
  body: { timeout: 3_600 },
  isOfLaw: (clause: string) =>
    ofLifeCycle.test(clause) || ofOneSandbox.test(clause) || clause.endsWith("/list/read-back"),
} as const;

/** What follows on what, in any order, and at once. */
export const sequences: readonly Law[] = [
  explorationLaw({
    exploration,
    operations,
    id: "opencomputer/sequence/tour",
    requirement: "SHOULD",
    statement: "keep to the life cycle whatever operation follows on whatever other, and leave other sandboxes alone",
    source: "#/components/schemas/SandboxStatus",
    needs: ["memory"],
    isOfLaw: (clause, isBeside) =>
      isBeside || clause.endsWith("/others-untouched")
        ? !(/foreign|hidden|running-only/.test(clause) || ofLateness.test(clause))
        : ofLifeCycle.test(clause),
  }),
  concurrentWalkLaw({
    ...walks,
    id: "opencomputer/sequence/linearizable",
    requirement: "SHOULD",
    statement: "answer operations at once as if they came one after the other in some order",
  }),
  explorationLaw({
    exploration,
    operations,
    id: "opencomputer/sequence/timeout-kept",
    requirement: "MUST",
    statement: "hibernate a sandbox by the timeout that was set last, whatever operations came before and after",
    source: "#/x-idle-timeout/keptOver",
    needs: ["memory", "clock-control"],
    isOfLaw: (clause) => ofTimeouts.test(clause),
  }),
  randomWalkLaw({
    ...walks,
    id: "opencomputer/sequence/random",
    requirement: "SHOULD",
    statement: "keep to the life cycle through random sequences of operations",
    share: 0.5,
  }),
];
