import { differences, profiles as named } from "../../../generated/recoup/profiles.ts";
import type { Differ, Profiles, ShownId } from "../../kit/profile.ts";
import type { RecoupParts } from "../parts.ts";
import * as requests from "./requests.ts";
import * as sandboxes from "./sandboxes.ts";

/** Each difference that the mock can show. One that the table has and this has not does not compile. */
const shown: Readonly<Record<ShownId<(typeof differences)[number]>, Differ<RecoupParts>>> = {
  "body-before-key": requests.bodyBeforeKey,
  "malformed-is-empty": requests.malformedIsEmpty,
  "unauthorized-says-message": requests.unauthorizedSaysMessage,
  "bearer-is-no-key": requests.bearerIsNoKey,
  "keys-reach-themselves": requests.keysReachThemselves,
  "timeout-is-total": sandboxes.timeoutIsTotal,
  "run-stops-sandbox": sandboxes.runStopsSandbox,
  "runs-of-anyone": sandboxes.runsOfAnyone,
  "unknown-run-is-500": sandboxes.unknownRunIs500,
  "runs-of-own-account": sandboxes.runsOfOwnAccount,
  "prompt-names-its-agent": sandboxes.promptNamesItsAgent,
};

/** How Recoup's servers were seen to differ from the contract. */
export const profiles: Profiles<RecoupParts> = { names: Object.keys(named), differences, shown };
