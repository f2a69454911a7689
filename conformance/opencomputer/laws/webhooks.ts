import { isSuccess } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { isObject } from "../../kit/law/schema.ts";
import { levelAt } from "../level.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { answered, membersOf } from "../readings.ts";
import { insidePointer } from "./inside.ts";

/** Nothing listens there: an address under this name never resolves. */
const url = "https://sandglass.invalid/hook";
/** Events that no other law brings about. */
const eventTypes = ["sandbox.migrated"];

/** Destinations of events. Each law takes away the one that it made. They make no sandbox. */
export const webhookLaws: readonly Law[] = [
  webhookLaw({
    id: "opencomputer/redeliver-webhook/same-id",
    requirement: levelAt(insidePointer("redeliverWebhook")),
    statement: "deliver a message again under the id that it had",
    source: insidePointer("redeliverWebhook"),
    operations: ["redeliverWebhook", "createWebhook", "testWebhook", "listWebhookDeliveries"],
    needs: ["memory"],
    judge: async (run, id) => {
      const tested = await run.send({ operation: "testWebhook", path: { webhookId: id } });
      needsSuccess(tested);
      const { messageId } = membersOf(tested);
      needs(typeof messageId === "string", "the id of a message");
      const path = { webhookId: id, messageId };
      needsSuccess(await run.send({ operation: "redeliverWebhook", path }));
      const exchange = await run.send({ operation: "listWebhookDeliveries", path: { webhookId: id } });
      needsSuccess(exchange);
      const other = idsIn(exchange).find((each) => each !== messageId);
      if (other === undefined) return undefined;
      return {
        reason: `the one message has the id ${messageId}, and ${JSON.stringify(other)} once delivered again`,
        exchange,
      };
    },
  }),
  webhookLaw({
    id: "opencomputer/get-webhook/secret-hidden",
    requirement: "MUST",
    statement: "tell the secret of a destination only where it is created, rotated or asked for",
    source: insidePointer("getWebhookSecret"),
    operations: ["getWebhook", "listWebhooks", "createWebhook"],
    needs: ["memory"],
    judge: async (run, id, created) => {
      const { secret } = membersOf(created);
      needs(typeof secret === "string" && secret.length >= 16, "the secret of a destination");
      for (const exchange of [
        await run.send({ operation: "getWebhook", path: { webhookId: id } }),
        await run.send({ operation: "listWebhooks" }),
      ]) {
        if (exchange.response.body.includes(secret)) {
          return { reason: `${answered(exchange)} with the secret of a destination`, exchange };
        }
      }
      return undefined;
    },
  }),
  webhookLaw({
    id: "opencomputer/get-webhook/foreign",
    requirement: "MUST",
    statement: "show and change no destination of another organisation, and give no secret of it",
    source: insidePointer("getWebhook", "responses", "404"),
    operations: ["getWebhook", "getWebhookSecret", "listWebhookDeliveries", "updateWebhook", "deleteWebhook"],
    needs: ["memory", "second-key"],
    judge: async (run, id) => {
      needsSuccess(await run.send({ operation: "getWebhook", path: { webhookId: id } }));
      for (const operation of ["getWebhook", "getWebhookSecret", "listWebhookDeliveries", "deleteWebhook"]) {
        const exchange = await run.send({ operation, path: { webhookId: id }, credentials: "other" });
        if (isSuccess(exchange)) return { reason: `${answered(exchange)} to another organisation's key`, exchange };
      }
      return undefined;
    },
  }),
];

type WebhookLaw = Pick<Law, "id" | "requirement" | "statement" | "source" | "operations" | "needs"> & {
  readonly judge: (run: LawRun, id: string, created: Exchange) => ReturnType<NonNullable<Law["check"]>>;
};

/** A law about a destination of its own. */
function webhookLaw({ judge, ...law }: WebhookLaw): Law {
  const check = async (run: LawRun) => {
    const created = await run.send({ operation: "createWebhook", json: { url, eventTypes } });
    needsSuccess(created);
    const { id } = membersOf(created);
    needs(typeof id === "string" && id !== "", "the id of a destination");
    try {
      return await judge(run, id, created);
    } finally {
      await run.send({ operation: "deleteWebhook", path: { webhookId: id } });
    }
  };
  return { ...law, sandboxes: noSandboxes, check };
}

function idsIn(exchange: Exchange): readonly unknown[] {
  const { data } = membersOf(exchange);
  return Array.isArray(data) ? data.filter(isObject).map(({ id }) => id) : [];
}
