import { createHmac } from "node:crypto";
import type { Received } from "../../kit/law/call.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import type { Law } from "../../kit/law/law.ts";
import { levelAt } from "../level.ts";
import { needs } from "../../kit/law/precondition.ts";
import { delivery } from "../scenarios/delivery.ts";

const source = "#/x-webhook-delivery";
/** A time that is so far off is of another unit, or of another clock, in milliseconds. */
const offMsMax = 60_000;

const common = {
  source,
  operations: ["createWebhook", "createPreview", "deletePreview", "redeliverWebhook", "deleteWebhook"],
  needs: ["memory", "webhook-receiver"],
  scenario: delivery,
} as const;

/** What is told to a destination, as its receiver sees it. */
export const deliveryLaws: readonly Law[] = [
  scenarioLaw({
    ...common,
    id: "opencomputer/webhook/signature-verifies",
    requirement: levelAt(source),
    statement: "sign what it delivers by the secret that it told when the destination was created",
    judge: ({ deliveries, secret, cause }) =>
      deliveries.every((each) => isSigned(each, secret))
        ? undefined
        : { reason: "the signature of a delivery is not that by the secret of its destination", exchange: cause },
  }),
  scenarioLaw({
    ...common,
    id: "opencomputer/webhook/secret-not-sent",
    requirement: "MUST",
    statement: "send no destination the secret that its deliveries are signed by",
    judge: ({ deliveries, secret, cause }) => {
      const shown = (text: string) => text.includes(secret) || text.includes(secret.replace(/^whsec_/, ""));
      const isTold = deliveries.some(({ headers, body }) => [...Object.values(headers), body].some(shown));
      return isTold ? { reason: "a delivery holds the secret of its destination", exchange: cause } : undefined;
    },
  }),
  scenarioLaw({
    ...common,
    id: "opencomputer/webhook/same-id",
    requirement: levelAt(source),
    statement: "deliver a message again under the id and with the body that it had",
    judge: ({ deliveries: [first, second], again }) => {
      needs(first !== undefined && second !== undefined && again !== undefined, "a message that is delivered again");
      const [one, other] = [first, second].map(({ headers }) => headers["svix-id"]);
      if (one !== other) return { reason: `the one message has the ids ${one} and ${other}`, exchange: again };
      if (first.body === second.body) return undefined;
      return { reason: "a message has another body when it is delivered again", exchange: again };
    },
  }),
  scenarioLaw({
    ...common,
    id: "opencomputer/webhook/timestamp-now",
    requirement: levelAt(source),
    statement: "tell in each delivery when it was sent, in seconds since 1970",
    judge: ({ deliveries, cause, fromMs, toMs }) => {
      const times = deliveries.map(({ headers }) => headers["svix-timestamp"] ?? "");
      const isNow = (text: string) => {
        const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : NaN;
        return ms >= fromMs - offMsMax && ms <= toMs + offMsMax;
      };
      const wrong = times.find((text) => !isNow(text));
      if (wrong === undefined) return undefined;
      return { reason: `svix-timestamp is ${JSON.stringify(wrong)}, which is not now in seconds`, exchange: cause };
    },
  }),
].map((law) => ({ ...law, sandboxes: { ...law.sandboxes, shared: 1 } }));

/** Whether one of the signatures is that of the message, its time and its body. */
function isSigned({ headers, body }: Received, secret: string): boolean {
  const text = secret.replace(/^whsec_/, "");
  const decoded = Buffer.from(text, "base64");
  const isBase64 = decoded.length > 0 && decoded.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "");
  const signed = `${headers["svix-id"]}.${headers["svix-timestamp"]}.${body}`;
  const signature = createHmac("sha256", isBase64 ? decoded : secret)
    .update(signed)
    .digest("base64");
  return (headers["svix-signature"] ?? "").split(" ").includes(`v1,${signature}`);
}
