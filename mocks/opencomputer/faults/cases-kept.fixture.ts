import type { Harness } from "../../harness.fixture.ts";
import { type Case, create, sandboxes } from "./case.fixture.ts";

const other = "sandglass-globex";

async function withFile({ call }: Harness, text = "whole") {
  const id = await create(call);
  await call(`${sandboxes}/${id}/files?path=a.txt`, { method: "PUT", body: text });
  return id;
}

/** What URLs that are signed for a file are answered with, the one to read it and the one to write it. */
async function useSigned(
  harness: Harness,
  { afterMs = 0, alter = (url) => url }: { readonly afterMs?: number; readonly alter?: (url: string) => string },
): Promise<readonly number[]> {
  const id = await withFile(harness);
  const signed = async (direction: string) => {
    const at = `${sandboxes}/${id}/files/${direction}-url`;
    const { json } = await harness.call(at, { body: { path: "a.txt", expiresIn: 1 } });
    const { pathname, search } = new URL(String(json["url"]));
    return alter(pathname + search);
  };
  const [download, upload] = [await signed("download"), await signed("upload")];
  harness.clock.advance(afterMs);
  const { status } = await harness.call(download, { key: "" });
  return [status, (await harness.call(upload, { method: "PUT", key: "", body: "x" })).status];
}

async function withCheckpoint(harness: Harness) {
  const id = await withFile(harness, "before");
  const { json } = await harness.call(`${sandboxes}/${id}/checkpoints`, { body: { name: "one" } });
  await harness.call(`${sandboxes}/${id}/files?path=a.txt`, { method: "PUT", body: "later" });
  return `${sandboxes}/from-checkpoint/${String(json["id"])}`;
}

async function withStore({ call }: Harness): Promise<string> {
  const { json } = await call("/api/secret-stores", { body: { name: "keys" } });
  const at = `/api/secret-stores/${String(json["id"])}`;
  await call(`${at}/secrets/API_KEY`, { method: "PUT", body: { value: "s3cr3t" } });
  return at;
}

async function withWebhook({ call }: Harness): Promise<string> {
  const { json } = await call("/api/webhooks", { body: { url: "https://app.example.com" } });
  return `/api/webhooks/${String(json["id"])}`;
}

/** Signed URLs, sizes, forks, secrets, destinations of events. */
export const casesKept: readonly Case[] = [
  {
    id: "signed-url-stays-valid",
    seen: "a URL whose time is up",
    see: (harness) => useSigned(harness, { afterMs: 2_000 }),
    wrong: [200, 204],
    right: [403, 403],
  },
  {
    id: "signature-unchecked",
    seen: "a URL with another signature",
    see: (harness) => useSigned(harness, { alter: (url) => url.replace(/signature=..../, "signature=0000") }),
    wrong: [200, 204],
    right: [403, 403],
  },
  {
    id: "signs-for-strangers",
    seen: "URLs that another organisation asks for",
    see: async (harness) => {
      const at = `${sandboxes}/${await withFile(harness)}/files`;
      const asked = { body: { path: "a.txt" }, key: other };
      const { status } = await harness.call(`${at}/download-url`, asked);
      return [status, (await harness.call(`${at}/upload-url`, asked)).status];
    },
    wrong: [200, 200],
    right: [404, 404],
  },
  {
    id: "scaling-lock-ignored",
    seen: "a sandbox that is locked and scaled",
    see: async ({ call }) => {
      const at = `${sandboxes}/${await create(call)}`;
      await call(`${at}/scaling-lock`, { method: "PUT", body: { locked: true } });
      const { status } = await call(`${at}/scale`, { body: { memoryMB: 8192 } });
      return [status, (await call(`${at}/scaling-lock`)).json["locked"]];
    },
    wrong: [200, true],
    right: [403, true],
  },
  {
    id: "fork-has-later-files",
    seen: "a file of a fork",
    see: async (harness) => {
      const { json } = await harness.call(await withCheckpoint(harness), { body: {} });
      return (await harness.call(`${sandboxes}/${String(json["sandboxID"])}/files?path=a.txt`)).text;
    },
    wrong: "later",
    right: "before",
  },
  {
    id: "other-tenant-can-fork",
    seen: "a fork by another organisation",
    see: async (harness) => (await harness.call(await withCheckpoint(harness), { body: {}, key: other })).status,
    wrong: 201,
    right: 404,
  },
  {
    id: "secret-told",
    seen: "the secrets of a store",
    see: async (harness) => (await harness.call(`${await withStore(harness)}/secrets`)).text.includes("s3cr3t"),
    wrong: true,
    right: false,
  },
  {
    id: "other-tenant-reads-secret-store",
    seen: "a store that another organisation reads",
    see: async (harness) => (await harness.call(await withStore(harness), { key: other })).status,
    wrong: 200,
    right: 404,
  },
  {
    id: "other-tenant-reads-webhook",
    seen: "a destination that another organisation reads",
    see: async (harness) => (await harness.call(await withWebhook(harness), { key: other })).status,
    wrong: 200,
    right: 404,
  },
  {
    id: "webhook-secret-told",
    seen: "a destination that is read",
    see: async (harness) => (await harness.call(await withWebhook(harness))).text.includes("whsec_"),
    wrong: true,
    right: false,
  },
  {
    id: "redelivered-under-new-id",
    seen: "the ids of one message",
    see: async (harness) => {
      const at = await withWebhook(harness);
      const { json } = await harness.call(`${at}/test`, { method: "POST" });
      await harness.call(`${at}/deliveries/${String(json["messageId"])}/redeliver`, { method: "POST" });
      const told = await harness.call(`${at}/deliveries`);
      const ids = (told.json["data"] as readonly { readonly id: string }[]).map(({ id }) => id);
      return new Set(ids).size;
    },
    wrong: 2,
    right: 1,
  },
];
