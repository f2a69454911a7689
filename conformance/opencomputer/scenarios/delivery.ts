import { isSuccess } from "../../kit/law/exchange.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { membersOf } from "../readings.ts";

/** A port that no other law lists. */
const port = 3_999;
const eventTypes = ["sandbox.preview_url.changed"];

/** A destination that is told of one sandbox alone, an event of that, and the same message once more. */
export const delivery = defineScenario({
  name: "delivery",
  creates: 0,
  keeps: "play",
  play: async (run) => {
    const sandboxId = await run.sharedSandbox();
    const { url, received } = await run.receive();
    const created = await run.send({ operation: "createWebhook", json: { url, sandboxId, eventTypes } });
    needsSuccess(created);
    const { id: webhookId, secret } = membersOf(created);
    needs(typeof webhookId === "string" && typeof secret === "string", "the id and the secret of a destination");
    const path = { webhookId };
    try {
      const fromMs = run.time.now();
      const cause = await run.send({ operation: "createPreview", path: { id: sandboxId }, json: { port } });
      needsSuccess(cause);
      const [first] = await received(1);
      needs(first !== undefined, "a delivery");
      const messageId = first.headers["svix-id"] ?? "";
      const again =
        messageId === "" ? undefined : await run.send({ operation: "redeliverWebhook", path: { ...path, messageId } });
      const deliveries = await received(again !== undefined && isSuccess(again) ? 2 : 1);
      return { cause, again, deliveries, secret, fromMs, toMs: run.time.now() };
    } finally {
      await run.send({ operation: "deletePreview", path: { id: sandboxId, port: String(port) } });
      await run.send({ operation: "deleteWebhook", path });
    }
  },
});
