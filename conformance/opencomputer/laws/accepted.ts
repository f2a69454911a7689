import type { Breach } from "../../kit/law/case.ts";
import { isEnvironmental, isSuccess } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law, Requirement } from "../../kit/law/law.ts";
import { TransientFailure } from "../../kit/law/unjudged.ts";
import type { Attempt } from "../attempt.ts";
import { needs } from "../../kit/law/precondition.ts";
import { answered, tokenIn } from "../readings.ts";
import { built } from "../scenarios/built.ts";
import { tokens as tokenScenario } from "../scenarios/tokens.ts";
import { gate } from "../scenarios/preview-gate.ts";
import { inputs } from "../scenarios/inputs.ts";
import { life } from "../scenarios/life.ts";
import { sizes } from "../scenarios/sizes.ts";
import { tenants } from "../scenarios/tenants.ts";
import type { Scenario } from "../../kit/law/law-run.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { isAdmitted } from "../preview-client.ts";

const properties = "#/components/schemas/CreateSandboxRequest/properties";

/** Valid creates that are worth a law each. Each makes the sandbox of a scenario, which is judged for much else. */
export const accepted: readonly Law[] = [
  accepts(life, ({ attempt }) => attempt, {
    id: "opencomputer/create/accepts-envs",
    what: "environment variables with empty values and any text",
    source: `${properties}/envs`,
  }),
  accepts(inputs, ({ attempt }) => attempt, {
    id: "opencomputer/create/ignores-unknown",
    what: "a body with a member that the contract does not name",
    source: "#/components/schemas/CreateSandboxRequest",
    requirement: "MAY",
  }),
  accepts(gate, ({ attempt }) => attempt, {
    id: "opencomputer/create/accepts-metadata",
    what: "metadata with any text in names and values, burst: false and an empty previewAuth",
    source: `${properties}/metadata`,
  }),
  accepts(tokenScenario, ({ open }) => open.attempt, {
    id: "opencomputer/create/accepts-no-body",
    what: "no body at all",
    source: "#/paths/~1api~1sandboxes/post/requestBody",
  }),
  accepts(tokenScenario, ({ plain }) => plain.attempt, {
    id: "opencomputer/create/accepts-own-token",
    what: "a preview token of the caller's own that has 16 characters",
    source: "#/components/schemas/PreviewAuth/properties/token",
  }),
  accepts(tokenScenario, ({ wide }) => wide.attempt, {
    id: "opencomputer/create/accepts-wide-token",
    what: "a preview token of 16 characters beyond ASCII",
    source: "#/components/schemas/PreviewAuth/properties/token",
  }),
  {
    ...accepts(tenants, ({ attempt }) => attempt, {
      id: "opencomputer/create/accepts-long-token",
      what: "a preview token of 255 characters, with blanks and punctuation inside",
      source: "#/components/schemas/PreviewAuth/properties/token",
    }),
    needs: ["memory", "second-key"],
  },
  accepts(built, ({ attempt }) => attempt, {
    // The seed names the member; what may be in it is said by the documentation.
    id: "opencomputer/create/accepts-image",
    what: "an image with a step of each kind, and every member that may stand beside it",
    source: "#/components/schemas/ImageManifest",
    requirement: "SHOULD",
  }),
  scenarioLaw({
    id: "opencomputer/create/gate-with-image",
    requirement: "MUST",
    statement: "guard the previews of a sandbox from an image by the previewAuth that it was created with",
    source: `${properties}/previewAuth`,
    operations: ["createSandbox"],
    scenario: built,
    judge: ({ attempt, created, withoutToken }) => {
      needs(isSuccess(attempt.exchange), "a sandbox from an image");
      if (tokenIn(created) === undefined) {
        return { reason: "a create with image and previewAuth was answered without a token", exchange: created };
      }
      if (withoutToken === undefined || !isAdmitted(withoutToken)) return undefined;
      return { reason: `without the token, ${answered(withoutToken)}`, exchange: withoutToken };
    },
  }),
  accepts(sizes, ({ burst }) => burst.attempt, {
    // An account may not have been given burst sandboxes: what an account cannot get is no MUST.
    id: "opencomputer/create/accepts-burst",
    what: "burst: true",
    source: `${properties}/burst`,
    requirement: "SHOULD",
  }),
];

function accepts<Recorded>(
  scenario: Scenario<Recorded>,
  attemptIn: (record: Recorded) => Attempt,
  { id, what, source, requirement = "MUST" }: { id: string; what: string; source: string; requirement?: Requirement },
): Law {
  return scenarioLaw({
    id,
    requirement,
    statement: `accept a create with ${what}`,
    source,
    operations: ["createSandbox"],
    scenario,
    judge: (record) => {
      const { exchange, body } = attemptIn(record);
      const breach = judgeAccepted(what, exchange);
      return breach === undefined ? undefined : { ...breach, counterexample: body };
    },
  });
}

/** What it answers where it accepts is for opencomputer/create/answer-shape. */
function judgeAccepted(what: string, exchange: Exchange): Breach | undefined {
  if (isSuccess(exchange)) return undefined;
  if (isEnvironmental(exchange)) throw new TransientFailure(answered(exchange), { exchange });
  return { reason: `a create with ${what} was answered ${exchange.response.status}`, exchange };
}
