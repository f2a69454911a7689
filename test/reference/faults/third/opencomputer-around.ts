import { randomBytes } from "node:crypto";
import type { OpenComputer } from "../../opencomputer.ts";
import { sentIn } from "../bodies.ts";
import { replaceStep } from "../fault.ts";
import type { ReferenceFaults } from "../fault.ts";
import { onAnswered, onWake } from "./steps.ts";

/** Faults of what is kept around sandboxes: locks, secrets, snapshots and webhooks. */
export const faultsAround: ReferenceFaults<OpenComputer> = {
  "lock-ends-with-sleep": {
    clause: "setScalingLock 200: whether it is locked from now on; scaleSandbox 403: the size of the sandbox is locked",
    does: "forgets that the size of a sandbox is locked when it wakes",
    change(server) {
      onWake(server, ({ id }) => server.around.locked.delete(id));
    },
  },
  "empty-secret-is-deleted": {
    clause: "SecretRequest.value: a text, of any length; setSecret 200: the secret is set",
    does: "deletes a secret that is set to an empty text, and says that it is set",
    change(server) {
      onAnswered(server, "PUT /api/secret-stores/{}/secrets/{}", (asked) => {
        const [, , storeId, , name = ""] = asked.path;
        const store = server.around.stores.find(({ id }) => id === storeId);
        if (sentIn(asked)["value"] === "") store?.secrets.delete(name);
      });
    },
  },
  "snapshot-of-other-tenant-goes-too": {
    clause: "deleteSnapshot: the organisation's snapshot of that name; Tenants",
    does: "deletes with a snapshot what another organisation has under the same name",
    change(server) {
      onAnswered(server, "DELETE /api/snapshots/{}", ({ path }) => {
        const { snapshots } = server.around;
        const namesakes = snapshots.filter(({ shown }) => shown.name === path[2]);
        for (const snapshot of namesakes) snapshots.splice(snapshots.indexOf(snapshot), 1);
      });
    },
  },
  "redelivery-gets-new-id": {
    clause: "redeliverWebhook: its id stays, so that a receiver can know it again; x-webhook-delivery.headers.id",
    does: "gives a message that is told once more another id",
    change(server) {
      replaceStep(server.around, "send", (send) => (hook, message, now) => {
        if (!hook.messages.includes(message)) return send(hook, message, now);
        return send(hook, { ...message, id: `msg_${randomBytes(9).toString("hex")}` }, now);
      });
    },
  },
  "delivery-time-in-milliseconds": {
    clause: "x-webhook-delivery.timestamp: seconds since 1970",
    does: "tells and signs the time of a delivery in milliseconds since 1970",
    change(server) {
      replaceStep(server.around, "send", (send) => (hook, message, now) => {
        return send(hook, message, new Date(Date.parse(now) * 1000).toISOString());
      });
    },
  },
};
