import { createHash } from "node:crypto";
import { isObject } from "../kit/law/schema.ts";
import type { Answer, FakeWorld, Seen } from "./fake-server.fixture.ts";
import { refusal } from "./fake-server.fixture.ts";

/** What the honest server does around sandboxes: signed URLs, sizes, secret stores, destinations of events. Undefined for all else. */
export function serveAround(seen: Seen, world: FakeWorld): Answer | undefined {
  const { operation } = seen;
  if (operation === "createDownloadUrl") return signUrl(seen, world);
  if (operation === "downloadFile" || operation === "uploadFile") return useUrl(seen, world);
  if (operation === "scaleSandbox" || operation === "setScalingLock") return size(seen, world);
  if (operation.includes("Secret") && !operation.includes("Webhook")) return serveStores(seen, world);
  return operation.includes("Webhook") ? serveWebhooks(seen, world) : undefined;
}

const signatureOf = (...parts: readonly string[]) => createHash("sha256").update(parts.join("\n")).digest("hex");

function signUrl({ id, key, body }: Seen, { boxes, clock }: FakeWorld): Answer {
  if (boxes.get(id)?.key !== key) return refusal(404, "sandbox not found");
  const { path = "", expiresIn = 3600 } = body as { readonly path?: string; readonly expiresIn?: number };
  const expires = String(Math.floor(clock.now() / 1000) + expiresIn);
  const query = new URLSearchParams({ path, expires, signature: signatureOf(id, path, "downloadFile", expires) });
  return { status: 200, json: { url: `http://fake.test/api/sandboxes/${id}/files/download?${query.toString()}` } };
}

function useUrl({ id, operation, url, text }: Seen, { notes, clock }: FakeWorld): Answer {
  const [path = "", expires = "", signature] = ["path", "expires", "signature"].map(
    (name) => url.searchParams.get(name) ?? "",
  );
  if (clock.now() >= Number(expires) * 1000) return refusal(403, "signed URL expired");
  if (signature !== signatureOf(id, path, operation, expires)) return refusal(403, "invalid signature");
  if (operation === "downloadFile") return { status: 200, json: notes.get(`file ${id} ${path}`) };
  notes.set(`file ${id} ${path}`, text);
  return { status: 204 };
}

function size({ id, key, operation, body }: Seen, { boxes, notes }: FakeWorld): Answer {
  if (boxes.get(id)?.key !== key) return refusal(404, "sandbox not found");
  const wish = isObject(body) ? body : {};
  if (operation === "setScalingLock") {
    notes.set(`locked ${id}`, wish["locked"]);
    return { status: 200, json: { sandboxID: id, locked: wish["locked"] } };
  }
  if (notes.get(`locked ${id}`) === true) return { status: 403, json: { error: "locked", code: "scaling_locked" } };
  return { status: 200, json: { sandboxID: id, memoryMB: wish["memoryMB"], cpuPercent: 100 } };
}

type Owned = { readonly id: string; readonly key: string | undefined };

/** What this caller has under this name of a kind. */
function ownedBy(key: string | undefined, found: unknown): Owned | undefined {
  const owned = found as Owned | undefined;
  return owned?.key === key ? owned : undefined;
}

function serveStores({ key, operation, id }: Seen, { notes }: FakeWorld): Answer {
  const shown = { id: "st-1", name: "sandglass-laws", egressAllowlist: [], createdAt: "2026-03-01T12:00:00Z" };
  if (operation === "createSecretStore") {
    notes.set("store st-1", { id: "st-1", key });
    return { status: 201, json: shown };
  }
  if (operation === "listSecretStores") {
    return { status: 200, json: ownedBy(key, notes.get("store st-1")) === undefined ? [] : [shown] };
  }
  if (ownedBy(key, notes.get(`store ${id}`)) === undefined) return refusal(404, "secret store not found");
  if (operation === "setSecret") return { status: 200, json: { name: "GUEST_SECRET", status: "set" } };
  if (operation === "listSecrets") return { status: 200, json: [{ name: "GUEST_SECRET", allowedHosts: [] }] };
  if (operation === "getSecretStore") return { status: 200, json: shown };
  notes.delete(`store ${id}`);
  return { status: 204 };
}

export const fakeWebhookSecret = "whsec_ZmFrZS1zZWNyZXQtb2YtYS1kZXN0aW5hdGlvbg";

function serveWebhooks({ key, operation, id }: Seen, { notes }: FakeWorld): Answer {
  const shown = { id: "whk_1", url: "https://sandglass.invalid/hook", eventTypes: [], enabled: true };
  if (operation === "createWebhook") {
    notes.set("webhook whk_1", { id: "whk_1", key });
    return { status: 201, json: { ...shown, secret: fakeWebhookSecret } };
  }
  if (operation === "listWebhooks") {
    return { status: 200, json: { data: ownedBy(key, notes.get("webhook whk_1")) === undefined ? [] : [shown] } };
  }
  if (ownedBy(key, notes.get(`webhook ${id}`)) === undefined) return refusal(404, "webhook not found");
  if (operation === "getWebhook") return { status: 200, json: shown };
  if (operation === "getWebhookSecret") return { status: 200, json: { secret: fakeWebhookSecret } };
  if (operation === "testWebhook") return { status: 200, json: { ok: true, messageId: "msg_1" } };
  if (operation === "listWebhookDeliveries") return { status: 200, json: { data: [{ id: "msg_1" }, { id: "msg_1" }] } };
  if (operation === "redeliverWebhook") return { status: 200, json: { ok: true } };
  notes.delete(`webhook ${id}`);
  return { status: 204 };
}
