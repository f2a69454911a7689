import type { Law } from "../../kit/law/law.ts";
import { accountKeeps } from "./account-keeps.ts";
import { accounts } from "./accounts.ts";
import { answerShape } from "./answer-shape.ts";
import { brokenInput } from "./broken-input.ts";
import { brokenQueries } from "./broken-queries.ts";
import { createsNothing } from "./creates-nothing.ts";
import { credentialForms } from "./credential-forms.ts";
import { credentials } from "./credentials.ts";
import { life } from "./life.ts";
import { listing } from "./listing.ts";
import { remainingTime } from "./remaining-time.ts";
import { runResults } from "./run-results.ts";
import { runs } from "./runs.ts";
import { sandboxes } from "./sandboxes.ts";
import { sequences } from "./sequences.ts";
import { tenants } from "./tenants.ts";
import { validInput } from "./valid-input.ts";

/** Every law of the contract, in the order in which they are judged: what the others rest on comes first. */
export const laws: readonly Law[] = [
  ...answerShape,
  ...sandboxes,
  ...listing,
  ...tenants,
  ...brokenInput,
  ...createsNothing,
  ...brokenQueries,
  ...credentials,
  ...credentialForms,
  ...accounts,
  ...validInput,
  ...runs,
  ...runResults,
  ...life,
  ...remainingTime,
  ...accountKeeps,
  ...sequences,
];
