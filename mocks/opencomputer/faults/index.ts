import type { Fault } from "../../kit/fault.ts";
import { bodyBeforeCredentials, malformedJsonIsEmpty } from "../../kit/faults/body-order.ts";
import { almostRightKeyIsAccepted, anonymousIsAccepted } from "../../kit/faults/credentials.ts";
import { badRequestIsHtml, unauthorizedSaysMessage } from "../../kit/faults/error-bodies.ts";
import { usualFaults } from "../../kit/faults/usual.ts";
import { refuse } from "../answers.ts";
import { credentialOf } from "../credentials.ts";
import type { OpenComputerParts } from "../parts.ts";
import { activityIgnored } from "./activity-ignored.ts";
import { challengeMissing } from "./challenge-missing.ts";
import { createAnswers200 } from "./create-answers-200.ts";
import {
  checkpointOfAnySandbox,
  insideIsNoActivity,
  resultOfAnySandbox,
  sessionOfAnySandbox,
  strangersInside,
  terminalOfAnySandbox,
} from "./handles.ts";
import {
  exitCodeLost,
  fileCutShort,
  fileDecoded,
  filesLostAsleep,
  killedGivesFiles,
  restoreKeepsFiles,
  streamsMerged,
} from "./inside.ts";
import {
  deliveredInMilliseconds,
  deliveredUnderNewId,
  forkSharesFiles,
  lockIgnored,
  redeliveredUnderNewId,
  secretDelivered,
  secretStoresShared,
  secretTold,
  signatureUnchecked,
  signedByOtherSecret,
  signedUrlStaysValid,
  signsForStrangers,
  strangersFork,
  webhookSecretTold,
  webhooksShared,
} from "./kept.ts";
import { killRacesHibernate } from "./kill-races-hibernate.ts";
import { killedComesBack } from "./killed-comes-back.ts";
import { killedInFlight } from "./killed-in-flight.ts";
import { killedReadsAsRunning, killedServesPreview } from "./killed-sandbox.ts";
import {
  negativeTimeoutAccepted,
  portRangeIsOffByOne,
  shortTokenAccepted,
  valuesAreClamped,
} from "./lenient-bodies.ts";
import { listHoldsAll, othersCanKill, othersCanRead } from "./other-tenants.ts";
import { gateStandsOpen, oldTokenStillWorks, wrongTokenWakes } from "./preview-gate.ts";
import { parallelCreatesOvershoot, refusedCreateKeepsPlace, stoppedStillCounts } from "./quota.ts";
import { repeatIs500 } from "./repeat-is-500.ts";
import {
  omittedTimeoutIsNever,
  timeoutInMilliseconds,
  timeoutIsLostOnWake,
  timeoutNeverFires,
} from "./sent-timeout.ts";
import { startedAtDrifts, startedAtHasNoZone } from "./started-at.ts";
import { tokenShownAgain } from "./token-shown-again.ts";

const contract = "opencomputer";

/** What an OpenComputer mock can do wrong on request, by the order of ids. */
export const faults: readonly Fault<OpenComputerParts>[] = [
  createAnswers200,
  unauthorizedSaysMessage(contract),
  startedAtHasNoZone,
  timeoutInMilliseconds,
  badRequestIsHtml(contract),
  challengeMissing,
  negativeTimeoutAccepted,
  valuesAreClamped,
  malformedJsonIsEmpty(contract),
  portRangeIsOffByOne,
  bodyBeforeCredentials(contract),
  killedReadsAsRunning,
  killedServesPreview,
  killedComesBack,
  repeatIs500,
  stoppedStillCounts,
  omittedTimeoutIsNever,
  timeoutNeverFires,
  activityIgnored,
  timeoutIsLostOnWake,
  startedAtDrifts,
  streamsMerged,
  exitCodeLost,
  fileCutShort,
  fileDecoded,
  filesLostAsleep,
  restoreKeepsFiles,
  killedGivesFiles,
  signedUrlStaysValid,
  signatureUnchecked,
  signsForStrangers,
  lockIgnored,
  forkSharesFiles,
  strangersFork,
  secretTold,
  secretStoresShared,
  webhooksShared,
  webhookSecretTold,
  redeliveredUnderNewId,
  sessionOfAnySandbox,
  resultOfAnySandbox,
  terminalOfAnySandbox,
  checkpointOfAnySandbox,
  strangersInside,
  insideIsNoActivity,
  signedByOtherSecret,
  secretDelivered,
  deliveredInMilliseconds,
  deliveredUnderNewId,
  anonymousIsAccepted(contract),
  othersCanRead,
  othersCanKill,
  listHoldsAll,
  almostRightKeyIsAccepted(contract, credentialOf),
  gateStandsOpen,
  oldTokenStillWorks,
  tokenShownAgain,
  shortTokenAccepted,
  wrongTokenWakes,
  parallelCreatesOvershoot,
  killRacesHibernate,
  refusedCreateKeepsPlace,
  ...usualFaults<OpenComputerParts>(contract, refuse),
  killedInFlight,
];
