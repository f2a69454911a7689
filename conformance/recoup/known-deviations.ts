import type { KnownDeviation } from "../kit/known-deviation.ts";

const handlers = "the public handlers, run";

/** By preset. */
export const knownDeviations: Readonly<Record<string, readonly KnownDeviation[]>> = {
  "recoup-production": [
    {
      law: "recoup/create/run-id-with-*",
      reason: "command and prompt are ignored, so that there is never a run",
      evidence: handlers,
    },
    {
      law: "recoup/create/command-and-prompt",
      reason: "both are ignored, so that giving both is no mistake",
      evidence: handlers,
    },
    { law: "recoup/create/empty-text", reason: "command and prompt are ignored, empty or not", evidence: handlers },
    {
      law: "recoup/create/broken-type",
      reason: "members that are ignored may have any type",
      evidence: handlers,
    },
    {
      law: "recoup/create/malformed-json",
      reason: "a body that is not JSON counts as an empty one, and makes a sandbox",
      evidence: handlers,
    },
    {
      law: "recoup/create/refused-creates-nothing",
      reason: "a body that is not JSON makes a sandbox",
      evidence: handlers,
    },
    {
      law: "recoup/*/refusal-shape",
      reason: "a key that nobody has is answered with message in the place of error",
      evidence: handlers,
    },
    { law: "recoup/create/credentials-first", reason: "the body is judged before the key", evidence: handlers },
    { law: "recoup/list/timeout-*", reason: "timeout is the whole time, and never falls", evidence: handlers },
    {
      law: "recoup/list/created-at-as-created",
      reason: "a session's start is told on creation, the sandbox's later",
      evidence: "public handler code",
    },
    {
      law: "recoup/list-runs/stranger-reads-nothing",
      reason: "a run can be read by whoever knows its id",
      evidence: handlers,
    },
    { law: "recoup/list-runs/unknown-run", reason: "a run that never was is answered 500", evidence: handlers },
    { law: "recoup/list-runs/broken-account-id", reason: "account_id is not judged there", evidence: handlers },
  ],
};
