import type { Law } from "../../kit/law/law.ts";
import { accepted } from "./accepted.ts";
import { answerShape } from "./answer-shape.ts";
import { checkpointLaws } from "./checkpoints.ts";
import { activityLaws } from "./activity.ts";
import { brokenInput } from "./broken-input.ts";
import { concurrency } from "./concurrency.ts";
import { credentials } from "./credentials.ts";
import { deliveryLaws } from "./deliveries.ts";
import { eachOperation } from "./each-operation.ts";
import { execLaws } from "./exec.ts";
import { fileLaws } from "./files.ts";
import { folderLaws } from "./folders.ts";
import { forkLaws, secretLaws } from "./forks.ts";
import { handleLaws } from "./handles.ts";
import { gateLaws } from "./gate.ts";
import { lifeLaws } from "./life.ts";
import { machineLaws } from "./machines.ts";
import { callerLaws, namesakeLaws } from "./namesakes.ts";
import { otherInputs } from "./other-inputs.ts";
import { previews } from "./previews.ts";
import { freePlaceLaw, quotaLaws } from "./quota.ts";
import { refusedCreates } from "./refused-creates.ts";
import { sandboxes } from "./sandboxes.ts";
import { sequences } from "./sequences.ts";
import { signedUrlLaws } from "./signed-urls.ts";
import { stateLaws } from "./states.ts";

import { tags } from "./tags.ts";
import { tenantLaws } from "./tenants.ts";
import { timeLaws } from "./time.ts";
import { tokens } from "./tokens.ts";
import { unknownIds } from "./unknown-ids.ts";
import { webhookLaws } from "./webhooks.ts";

/** Every law of the contract, in the order in which they are judged: what the others rest on comes first. */
export const laws: readonly Law[] = [
  ...quotaLaws, // before others make and end sandboxes, which may take places for good
  ...answerShape,
  ...sandboxes,
  ...accepted,
  ...brokenInput,
  ...refusedCreates,
  ...credentials,
  ...eachOperation,
  ...stateLaws,
  ...unknownIds,
  ...lifeLaws,
  ...tags,
  ...previews,
  ...otherInputs,
  ...execLaws,
  ...fileLaws,
  ...folderLaws,
  ...handleLaws,
  ...checkpointLaws,
  ...signedUrlLaws,
  ...machineLaws,
  ...secretLaws,
  ...forkLaws,
  ...webhookLaws,
  ...deliveryLaws,
  ...gateLaws,
  ...tokens,
  ...tenantLaws,
  ...namesakeLaws,
  ...callerLaws,
  ...concurrency,
  ...sequences,
  ...timeLaws,
  ...activityLaws,
  freePlaceLaw,
];
