import type { Fault } from "../../kit/fault.ts";
import { bodyBeforeCredentials, malformedJsonIsEmpty } from "../../kit/faults/body-order.ts";
import { almostRightKeyIsAccepted, anonymousIsAccepted } from "../../kit/faults/credentials.ts";
import { badRequestIsHtml, unauthorizedSaysMessage } from "../../kit/faults/error-bodies.ts";
import { usualFaults } from "../../kit/faults/usual.ts";
import { refuse } from "../answers.ts";
import { credentialOf } from "../credentials.ts";
import type { RecoupParts } from "../parts.ts";
import { anyAccountIdIsAccepted } from "./any-account-id.ts";
import { eitherCredentialSuffices } from "./either-credential.ts";
import { limitIsClamped } from "./limit-clamped.ts";
import { listsHoldAll, othersCanRead } from "./other-tenants.ts";
import { readingProlongs } from "./reading-prolongs.ts";
import { exitCodeLost, runNeverEnds, runSnapshotLost, streamsMerged } from "./run-results.ts";
import { createdAtDrifts, createdAtHasNoZone, timeoutInSeconds, timeoutNeverFires } from "./sandbox-views.ts";

const contract = "recoup";

/** What a Recoup mock can do wrong on request, by the order of ids. */
export const faults: readonly Fault<RecoupParts>[] = [
  unauthorizedSaysMessage(contract),
  createdAtHasNoZone,
  timeoutInSeconds,
  badRequestIsHtml(contract),
  limitIsClamped,
  malformedJsonIsEmpty(contract),
  anyAccountIdIsAccepted,
  bodyBeforeCredentials(contract),
  timeoutNeverFires,
  readingProlongs,
  createdAtDrifts,
  anonymousIsAccepted(contract),
  othersCanRead,
  listsHoldAll,
  almostRightKeyIsAccepted(contract, credentialOf),
  eitherCredentialSuffices,
  streamsMerged,
  exitCodeLost,
  runNeverEnds,
  runSnapshotLost,
  ...usualFaults<RecoupParts>(contract, refuse),
];
