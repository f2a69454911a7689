import { differences, profiles as named } from "../../../generated/opencomputer/profiles.ts";
import { type Differ, likeFault, type Profiles, type ShownId } from "../../kit/profile.ts";
import { omittedTimeoutIsNever } from "../faults/sent-timeout.ts";
import type { OpenComputerParts } from "../parts.ts";
import * as bodies from "./bodies.ts";
import * as creates from "./creates.ts";
import * as previews from "./previews.ts";
import * as sandboxes from "./sandboxes.ts";

/** Each difference that the mock can show. One that the table has and this has not does not compile. */
const shown: Readonly<Record<ShownId<(typeof differences)[number]>, Differ<OpenComputerParts>>> = {
  "null-is-left-out": bodies.nullIsLeftOut,
  "zero-size-is-left-out": bodies.zeroSizeIsLeftOut,
  "empty-scheme-is-bearer": bodies.emptySchemeIsBearer,
  "whole-fraction-is-refused": bodies.wholeFractionIsRefused,
  "negative-timeout-is-never": bodies.negativeTimeoutIsNever,
  "missing-timeout-is-never": bodies.missingTimeoutIsNever,
  "wake-body-is-ignored": bodies.wakeBodyIsIgnored,
  "any-auth-config": bodies.anyAuthConfig,
  "any-content-type": bodies.anyContentType,
  "cores-alone-are-ignored": bodies.coresAloneAreIgnored,
  "fast-path-judges-little": bodies.fastPathJudgesLittle,
  "default-is-never": likeFault(omittedTimeoutIsNever),
  "refused-create-leaves-one": creates.refusedCreateLeavesOne,
  "image-loses-gate": creates.imageLosesGate,
  "image-loses-timeout": creates.imageLosesTimeout,
  "token-in-bytes": creates.tokenInBytes,
  "token-is-kept-untrimmed": creates.tokenIsKeptUntrimmed,
  "token-member": creates.tokenMember,
  "started-before-created": sandboxes.startedBeforeCreated,
  "killed-asleep-stays": sandboxes.killedAsleepStays,
  "killed-asleep-wakes": sandboxes.killedAsleepWakes,
  "lists-every-state": sandboxes.listsEveryState,
  "index-members": sandboxes.indexMembers,
  "unknown-key-is-403": sandboxes.unknownKeyIs403,
  "key-in-query": sandboxes.keyInQuery,
  "foreign-sandboxes-are-served": sandboxes.foreignSandboxesAreServed,
  "no-previews-of-unknown": previews.noPreviewsOfUnknown,
  "preview-create-is-400": previews.previewCreateIs400,
  "port-with-a-tail": previews.portWithATail,
  "preview-does-not-wake": previews.previewDoesNotWake,
  "options-pass-the-gate": previews.optionsPassTheGate,
  "gate-tells-who-is-gone": previews.gateTellsWhoIsGone,
  "port-sees-token": previews.portSeesToken,
  "wrong-method-is-404": previews.wrongMethodIs404,
};

/** How OpenComputer's servers were seen to differ from the contract. */
export const profiles: Profiles<OpenComputerParts> = { names: Object.keys(named), differences, shown };
