import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { Harness } from "../../harness.fixture.ts";
import { type Case, create, get, sandboxes } from "./case.fixture.ts";

const other = "sandglass-globex";

/** What another sandbox's id is answered with, for a thing that was made in the first one. */
async function byOtherId(
  { call }: Harness,
  make: { readonly at: string; readonly body: object; readonly id: string },
  use: (at: string, id: string) => Parameters<Harness["call"]>,
): Promise<number> {
  const [first, second] = [await create(call), await create(call)];
  const { json } = await call(`${sandboxes}/${first}/${make.at}`, { body: make.body });
  return (await call(...use(`${sandboxes}/${second}`, String(json[make.id])))).status;
}

const sleeping = { cmd: "sleep", args: ["60"] };

type Delivered = { readonly headers: IncomingHttpHeaders; readonly body: string };

/** What a destination is sent, twice the same message, and its secret. */
async function deliver({ call }: Harness): Promise<{ first: Delivered; second: Delivered; secret: string }> {
  const seen = [Promise.withResolvers<Delivered>(), Promise.withResolvers<Delivered>()] as const;
  let count = 0;
  const sink = createServer((incoming, outgoing) => {
    let body = "";
    incoming.on("data", (chunk) => (body += String(chunk)));
    incoming.on("end", () => {
      outgoing.writeHead(204).end();
      seen[count++ % 2]!.resolve({ headers: incoming.headers, body });
    });
  });
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
  try {
    const webhookTargets = { "https://app.example": `http://127.0.0.1:${(sink.address() as AddressInfo).port}` };
    await call("/__sandglass/worlds/default/settings", { method: "PATCH", body: { webhookTargets } });
    const { json } = await call("/api/webhooks", { body: { url: "https://app.example/hook" } });
    const at = `/api/webhooks/${String(json["id"])}`;
    const tested = await call(`${at}/test`, { method: "POST" });
    const first = await seen[0].promise;
    await call(`${at}/deliveries/${String(tested.json["messageId"])}/redeliver`, { method: "POST" });
    return { first, second: await seen[1].promise, secret: String(json["secret"]) };
  } finally {
    sink.closeAllConnections();
    sink.close();
  }
}

/** Things inside sandboxes that have ids of their own, activity inside, and what is delivered. */
export const casesHandles: readonly Case[] = [
  {
    id: "session-of-any-sandbox",
    seen: "a session that is killed through another sandbox's id",
    see: (harness) =>
      byOtherId(harness, { at: "exec", body: sleeping, id: "sessionID" }, (at, id) => [
        `${at}/exec/${id}/kill`,
        { body: {} },
      ]),
    wrong: 204,
    right: 404,
  },
  {
    id: "result-of-any-sandbox",
    seen: "the result of a command through another sandbox's id",
    see: (harness) =>
      byOtherId(harness, { at: "exec/run-async", body: sleeping, id: "execId" }, (at, id) => [
        `${at}/exec/${id}/result`,
      ]),
    wrong: 200,
    right: 404,
  },
  {
    id: "terminal-of-any-sandbox",
    seen: "a terminal that is deleted through another sandbox's id",
    see: (harness) =>
      byOtherId(harness, { at: "pty", body: {}, id: "sessionID" }, (at, id) => [
        `${at}/pty/${id}`,
        { method: "DELETE" },
      ]),
    wrong: 204,
    right: 404,
  },
  {
    id: "checkpoint-of-any-sandbox",
    seen: "a checkpoint that is deleted through another sandbox's id",
    see: (harness) =>
      byOtherId(harness, { at: "checkpoints", body: { name: "one" }, id: "id" }, (at, id) => [
        `${at}/checkpoints/${id}`,
        { method: "DELETE" },
      ]),
    wrong: 204,
    right: 400,
  },
  {
    id: "other-tenant-can-act-inside",
    seen: "a folder that another organisation makes",
    see: async ({ call }) => {
      const at = `${sandboxes}/${await create(call)}/files/mkdir?path=/tmp/a`;
      return (await call(at, { method: "POST", key: other })).status;
    },
    wrong: 204,
    right: 404,
  },
  {
    id: "inside-is-no-activity",
    seen: "a sandbox in which a file was listed",
    see: async ({ call, clock }) => {
      const id = await create(call, { timeout: 10 });
      clock.advance(8_000);
      await call(`${sandboxes}/${id}/files/list`);
      clock.advance(8_000);
      return get(call, id, "status");
    },
    wrong: "hibernated",
    right: "running",
  },
  {
    id: "webhook-signed-by-other-secret",
    seen: "the signature of a delivery",
    see: async (harness) => {
      const {
        first: { headers, body },
        secret,
      } = await deliver(harness);
      const key = Buffer.from(secret.replace("whsec_", ""), "base64");
      const text = `${String(headers["svix-id"])}.${String(headers["svix-timestamp"])}.${body}`;
      return headers["svix-signature"] === `v1,${createHmac("sha256", key).update(text).digest("base64")}`;
    },
    wrong: false,
    right: true,
  },
  {
    id: "webhook-secret-delivered",
    seen: "the headers of a delivery",
    see: async (harness) => {
      const { first, secret } = await deliver(harness);
      return Object.values(first.headers).includes(secret);
    },
    wrong: true,
    right: false,
  },
  {
    id: "webhook-timestamp-in-milliseconds",
    seen: "the time of a delivery",
    see: async (harness) => String((await deliver(harness)).first.headers["svix-timestamp"]).length,
    wrong: 13,
    right: 10,
  },
  {
    id: "webhook-id-of-attempt",
    seen: "the ids of a message that is delivered twice",
    see: async (harness) => {
      const { first, second } = await deliver(harness);
      return first.headers["svix-id"] === second.headers["svix-id"];
    },
    wrong: false,
    right: true,
  },
];
