import { createHmac, randomBytes } from "node:crypto";
import { isJsonType, Members, parseJson } from "./checks.ts";
import { type Answer, type Asked, Refusal } from "./http.ts";
import type { Files } from "./opencomputer-inside.ts";

type Store = {
  readonly id: string;
  readonly organisation: string;
  readonly name: string;
  readonly secrets: Map<string, string>;
};
type Hook = {
  readonly id: string;
  readonly organisation: string;
  readonly url: string;
  readonly secret: string;
  readonly sandboxId: string | null;
  readonly messages: Message[];
};
type Snapshot = { readonly organisation: string; readonly shown: { readonly name: string } };
type Message = { readonly id: string; readonly body: string };

const unknownStore = () => new Refusal(404, { error: "secret store not found" });
const unknownHook = () => new Refusal(404, { error: "webhook not found" });

/** What is kept around sandboxes: signed URLs, secret stores, destinations of events, and which sizes are locked. */
export class Around {
  readonly signingKey = randomBytes(32);
  readonly stores: Store[] = [];
  readonly hooks: Hook[] = [];
  readonly snapshots: Snapshot[] = [];
  readonly locked = new Set<string>();

  sign(id: string, path: string, direction: string, expires: string): string {
    const text = ["opensandbox-signed-url", id, path, direction, expires].join("\n");
    return createHmac("sha256", this.signingKey).update(text).digest("hex");
  }

  signUrl(asked: Asked, id: string, direction: string, nowMs: number): Answer {
    const body = readObject(asked);
    const path = body.needed("path", body.text("path", 1));
    const wished = body.whole("expiresIn", { min: -86_400, max: Number.MAX_SAFE_INTEGER }) ?? 0;
    const expires = String(Math.floor(nowMs / 1000) + Math.min(wished > 0 ? wished : 3_600, 86_400));
    const query = new URLSearchParams({ path, expires, signature: this.sign(id, path, direction, expires) });
    const url = `http://${asked.host}/api/sandboxes/${id}/files/${direction}?${query.toString()}`;
    return { status: 200, body: { url, expiresAt: new Date(Number(expires) * 1000).toISOString() } };
  }

  /** Refuses a signed URL that is not for just this. */
  checkUrl({ query }: Asked, id: string, direction: string, nowMs: number): void {
    const [path, expires, signature] = ["path", "expires", "signature"].map((name) => query.get(name) ?? "");
    if (!path || !expires || !signature) throw new Refusal(400, { error: "path, expires, and signature are required" });
    if (nowMs >= Number(expires) * 1000) throw new Refusal(403, { error: "signed URL expired" });
    if (signature !== this.sign(id, path, direction, expires)) throw new Refusal(403, { error: "invalid signature" });
  }

  scale(asked: Asked, id: string, isRunning: boolean): Answer {
    const body = readObject(asked);
    if (asked.path[3] === "scaling-lock") {
      const isLocked = asked.method === "PUT" ? body.needed("locked", body.flag("locked")) : this.locked.has(id);
      if (isLocked) this.locked.add(id);
      else this.locked.delete(id);
      return { status: 200, body: { sandboxID: id, locked: isLocked } };
    }
    const asks = body.whole("memoryMB", { min: 1024, max: 16_384 });
    const memoryMB = asked.path[3] === "limits" ? (asks ?? 4096) : body.needed("memoryMB", asks);
    if (this.locked.has(id)) {
      throw new Refusal(403, { error: "scaling is locked on this sandbox", code: "scaling_locked" });
    }
    if (!isRunning) throw new Refusal(400, { error: "sandbox is not running" });
    return { status: 200, body: { sandboxID: id, memoryMB, cpuPercent: 100 } };
  }

  keepSecrets(asked: Asked, organisation: string, createdAt: string): Answer {
    const [id, , secretName = ""] = asked.path.slice(2);
    const own = this.stores.filter((each) => each.organisation === organisation);
    const show = ({ secrets: _, organisation: orgId, ...store }: Store) => ({
      ...store,
      orgId,
      egressAllowlist: [],
      createdAt,
    });
    if (id === undefined && asked.method === "GET") return { status: 200, body: own.map(show) };
    if (id === undefined) {
      const body = readObject(asked);
      const name = body.needed("name", body.text("name", 1));
      if (own.some((each) => each.name === name)) throw new Refusal(409, { error: "secret store name already exists" });
      const made = {
        id: `ss-${randomBytes(6).toString("hex")}`,
        organisation,
        name,
        secrets: new Map<string, string>(),
      };
      this.stores.unshift(made);
      return { status: 201, body: show(made) };
    }
    const store = own.find((each) => each.id === id);
    if (store === undefined) throw unknownStore();
    if (secretName !== "" && asked.method === "PUT") {
      const body = readObject(asked);
      store.secrets.set(secretName, body.needed("value", body.text("value")));
      return { status: 200, body: { name: secretName, status: "set" } };
    }
    if (secretName !== "") {
      if (!store.secrets.delete(secretName)) throw new Refusal(404, { error: "secret not found" });
      return { status: 204 };
    }
    if (asked.path[3] === "secrets") {
      return { status: 200, body: [...store.secrets.keys()].map((name) => ({ name, allowedHosts: [], createdAt })) };
    }
    if (asked.method !== "DELETE") return { status: 200, body: show(store) };
    this.stores.splice(this.stores.indexOf(store), 1);
    return { status: 204 };
  }

  /** Snapshots, each ready at once. */
  keepSnapshots(asked: Asked, organisation: string, createdAt: string): Answer {
    const [name, action] = asked.path.slice(2);
    const own = this.snapshots.filter((each) => each.organisation === organisation);
    if (name === undefined && asked.method === "GET") return { status: 200, body: own.map(({ shown }) => shown) };
    const found = own.find(({ shown }) => shown.name === (name ?? readObject(asked).text("name")));
    if (name === undefined) {
      const wished = readObject(asked).needed("name", readObject(asked).text("name"));
      if (found !== undefined) throw new Refusal(409, { error: "snapshot name already exists" });
      const shown = { id: randomBytes(8).toString("hex"), name: wished, status: "ready", createdAt };
      this.snapshots.push({ organisation, shown });
      return { status: 201, body: shown };
    }
    if (found === undefined || action === "patches") throw new Refusal(404, { error: "snapshot not found" });
    if (action !== undefined) return { status: 200, body: { name, public: action === "publish" } };
    if (asked.method === "GET") return { status: 200, body: found.shown };
    this.snapshots.splice(this.snapshots.indexOf(found), 1);
    return { status: 204 };
  }

  /** Tells of what happened to a sandbox to the destinations that are for it alone. */
  emit(sandboxId: string, type: string, now: string): void {
    for (const hook of this.hooks.filter((each) => each.sandboxId === sandboxId)) {
      this.send(hook, { id: messageIdNow(), body: JSON.stringify({ type, sandboxId }) }, now);
    }
  }

  send(hook: Hook, message: Message, now: string): Message {
    hook.messages.unshift(message);
    const timestamp = String(Math.floor(Date.parse(now) / 1000));
    const key = Buffer.from(hook.secret.replace("whsec_", ""), "base64");
    const signed = `${message.id}.${timestamp}.${message.body}`;
    const signature = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
    const headers = { "svix-id": message.id, "svix-timestamp": timestamp, "svix-signature": signature };
    if (new URL(hook.url).hostname === "127.0.0.1") {
      fetch(hook.url, { method: "POST", headers, body: message.body }).catch(() => undefined);
    }
    return message;
  }

  tell(asked: Asked, organisation: string, now: string): Answer {
    const [id, action, messageId] = asked.path.slice(2);
    const own = this.hooks.filter((each) => each.organisation === organisation);
    const show = ({ id: shownId, url, sandboxId: shownSandbox }: Hook) => {
      const settings = { eventTypes: [], sandboxId: shownSandbox, name: null, enabled: true, hasSecret: true };
      return { id: shownId, url, ...settings, createdAt: now, updatedAt: now };
    };
    if (id === undefined && asked.method === "GET") return { status: 200, body: { data: own.map(show) } };
    if (id === undefined) {
      const body = readObject(asked);
      const url = body.needed("url", body.text("url"));
      const secret = `whsec_${randomBytes(24).toString("base64")}`;
      const sandboxId = body.text("sandboxId") ?? null;
      const id = `whk_${randomBytes(12).toString("hex")}`;
      const hook: Hook = { id, organisation, url, secret, sandboxId, messages: [] };
      this.hooks.unshift(hook);
      return { status: 201, body: { ...show(hook), secret } };
    }
    const hook = own.find((each) => each.id === id);
    if (hook === undefined) throw unknownHook();
    if (action === "secret") return { status: 200, body: { secret: hook.secret } };
    if (action === "test") {
      const { id: messageId } = this.send(hook, { id: messageIdNow(), body: "{}" }, now);
      return { status: 200, body: { ok: true, eventType: "sandbox.created", messageId } };
    }
    if (action === "deliveries" && messageId === undefined) {
      const data = hook.messages.map(({ id: told }, at) => {
        const attempt = { attemptId: `atmpt_${at}`, status: "failed", responseStatusCode: 0, timestamp: now };
        return { id: told, ...attempt };
      });
      return { status: 200, body: { data } };
    }
    if (action === "deliveries") {
      const message = hook.messages.find((each) => each.id === messageId);
      if (message === undefined) throw unknownHook();
      this.send(hook, message, now);
      return { status: 200, body: { ok: true } };
    }
    if (asked.method === "DELETE") this.hooks.splice(this.hooks.indexOf(hook), 1);
    return asked.method === "DELETE" ? { status: 204 } : { status: 200, body: show(hook) };
  }
}

const messageIdNow = () => `msg_${randomBytes(9).toString("hex")}`;

/** Another credential for one sandbox. */
export function makeCredential(): Answer {
  return { status: 200, body: { token: randomBytes(32).toString("base64url") } };
}

/** The log of a sandbox, of which none is kept. */
export const emptyLog: Answer = { status: 200, headers: { "content-type": "text/event-stream" }, body: "" };

/** A file as its signed URL gives or takes it. */
export function useFile({ method, query, body }: Asked, files: Files): Answer {
  const name = query.get("path") ?? "";
  if (method === "PUT") {
    if (body === "too large") throw new Refusal(413, { error: "it is too large" });
    files.set(name, body);
    return { status: 204 };
  }
  const content = files.get(name);
  if (content === undefined) throw new Refusal(500, { error: `open ${name}: no such file or directory` });
  return { status: 200, headers: { "content-type": "application/octet-stream" }, body: content.toString("utf8") };
}

function readObject({ body, headers }: Asked): Members {
  if (body === "too large") throw new Refusal(413, { error: "it is too large" });
  if (body.length === 0) return new Members({});
  const parsed = isJsonType(headers["content-type"]) ? parseJson(body) : undefined;
  if (parsed === undefined) throw new Refusal(400, { error: "invalid request body: it is no JSON, or not declared" });
  return new Members(parsed.value);
}
