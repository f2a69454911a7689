import { isSuccess } from "../../kit/exchange.ts";
import type { Law, Requirement } from "../../kit/law.ts";
import type { Attempt } from "../attempt.ts";
import { doors } from "../stories/doors.ts";
import { gate } from "../stories/gate.ts";
import { inputs } from "../stories/inputs.ts";
import { life } from "../stories/life.ts";
import { tenants } from "../stories/tenants.ts";
import type { Story } from "../story.ts";
import { storyLaw } from "../story.ts";

const properties = "#/components/schemas/CreateSandboxRequest/properties";

/** Valid creates that are worth a law each. Each makes the sandbox of a story, which is judged for much else. */
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
  accepts(doors, ({ open }) => open.attempt, {
    id: "opencomputer/create/accepts-no-body",
    what: "no body at all",
    source: "#/paths/~1api~1sandboxes/post/requestBody",
  }),
  accepts(doors, ({ plain }) => plain.attempt, {
    id: "opencomputer/create/accepts-own-token",
    what: "a preview token of the caller's own that has 16 characters",
    source: "#/components/schemas/PreviewAuth/properties/token",
  }),
  accepts(doors, ({ wide }) => wide.attempt, {
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
];

function accepts<Tale>(
  story: Story<Tale>,
  attemptIn: (tale: Tale) => Attempt,
  { id, what, source, requirement = "MUST" }: { id: string; what: string; source: string; requirement?: Requirement },
): Law {
  return storyLaw({
    id,
    requirement,
    statement: `accept a create with ${what}`,
    source,
    operations: ["createSandbox"],
    story,
    judge: (tale) => {
      const { exchange, body } = attemptIn(tale);
      if (isSuccess(exchange)) return undefined; // what it answers then is for opencomputer/create/answer-shape
      const reason = `a create with ${what} was answered ${exchange.response.status}`;
      return { reason, exchange, counterexample: body };
    },
  });
}
