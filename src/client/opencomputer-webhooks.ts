import type { operations } from "../../generated/opencomputer/types.ts";
import type { CallOptions } from "./client-options.ts";
import type { OperationCall } from "./connection.ts";
import type {
  CreatedWebhook,
  CreateWebhook,
  UpdateWebhook,
  Webhook,
  WebhookDelivery,
  WebhookMessage,
} from "./opencomputer-types.ts";

/** What a client does with webhooks. */
export function createWebhooks(call: OperationCall<operations>) {
  return {
    /** Destinations to which the events of sandboxes are told. */
    webhooks: {
      /** Registers one. Never sent twice. */
      create: (body: CreateWebhook, options?: CallOptions): Promise<CreatedWebhook> =>
        call("createWebhook", { body, secrets: [body?.secret] }, options),
      /** All of the organisation, the newest first. */
      list: async (options?: CallOptions): Promise<Webhook[]> => (await call("listWebhooks", {}, options)).data,
      /** Reads one. */
      get: (webhookId: string, options?: CallOptions): Promise<Webhook> =>
        call("getWebhook", { path: { webhookId } }, options),
      /** Changes one; the answer has its secret where `rotateSecret` drew a new one. Never sent twice. */
      update: (webhookId: string, body: UpdateWebhook, options?: CallOptions): Promise<CreatedWebhook> =>
        call("updateWebhook", { path: { webhookId }, body }, options),
      /** Deletes one. */
      delete: (webhookId: string, options?: CallOptions): Promise<void> =>
        call("deleteWebhook", { path: { webhookId } }, options),
      /** Tells one of an event that did not happen, and gives the id of the message. */
      test: async (webhookId: string, options?: CallOptions): Promise<string> =>
        (await call("testWebhook", { path: { webhookId } }, options)).messageId,
      /** Reads what deliveries are signed with. */
      secret: async (webhookId: string, options?: CallOptions): Promise<string> =>
        (await call("getWebhookSecret", { path: { webhookId } }, options)).secret,
      /** The attempts to tell it something, the newest first. */
      deliveries: async (webhookId: string, options?: CallOptions): Promise<WebhookDelivery[]> =>
        (await call("listWebhookDeliveries", { path: { webhookId } }, options)).data,
      /** Reads a message. */
      message: (webhookId: string, messageId: string, options?: CallOptions): Promise<WebhookMessage> =>
        call("getWebhookDelivery", { path: { webhookId, messageId } }, options),
      /** Tells a message once more. */
      redeliver: async (webhookId: string, messageId: string, options?: CallOptions): Promise<void> => {
        await call("redeliverWebhook", { path: { webhookId, messageId } }, options);
      },
    },
  };
}
