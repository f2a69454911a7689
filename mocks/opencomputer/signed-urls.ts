import { createHmac, timingSafeEqual } from "node:crypto";
import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Handler, MockRequest } from "../kit/exchange.ts";
import type { Reason } from "../kit/journal.ts";
import type { StoredRecord } from "../kit/table.ts";
import { defaultWorldId } from "../kit/universe.ts";
import type { TableName, World } from "../kit/world.ts";
import { formatSecond, refuse, refuseStopped, refuseUnknown } from "./answers.ts";
import { actOn, readContent, refusePath, writeContent } from "./file-handlers.ts";
import { resolvePath } from "../kit/shell/file-system.ts";
import { type OpenComputerParts, findSandbox } from "./parts.ts";
import { enterRecord } from "./inside.ts";

type Direction = "download" | "upload";

/** What signed URLs of a world are signed with: kept with its records, so that they outlive a save and a restore. */
export type SigningKey = StoredRecord & { readonly secret: string };

export const signingTable: TableName<SigningKey> = { name: "opencomputer/signing" };
const keyId = "signing";
const secretBytes = 32;
const expiresInDefault = 3_600;
const expiresInMax = 86_400;

export const createDownloadUrl: Handler<OpenComputerParts> = (call, parts) => createUrl(call, parts, "download");
export const createUploadUrl: Handler<OpenComputerParts> = (call, parts) => createUrl(call, parts, "upload");
export const downloadFile: Handler<OpenComputerParts> = (call, parts) => useUrl(call, parts, "download");
export const uploadFile: Handler<OpenComputerParts> = (call, parts) => useUrl(call, parts, "upload");

async function createUrl(call: Call, parts: OpenComputerParts, direction: Direction): Promise<Answer> {
  const { world, request, nowMs } = call;
  const { path, expiresIn = 0 } = call.body as components["schemas"]["SignedUrlRequest"];
  const found = await findSandbox(call, parts);
  if (found === undefined) return refuseUnknown();
  const { id } = found.record;
  if (found.state === "stopped") return refuseStopped(id);
  const expires = Math.floor(nowMs / 1000) + Math.min(expiresIn > 0 ? expiresIn : expiresInDefault, expiresInMax);
  const signature = sign(await secretOf(world), { id, path, direction, expires: String(expires) });
  const query = new URLSearchParams({ path, expires: String(expires), signature });
  // No key tells the world of a request by a signed URL.
  if (world.id !== defaultWorldId) query.set(worldParameter, world.id);
  const scheme = request.header("x-forwarded-proto") ?? "http";
  const host = request.header("host") ?? new URL(request.url, "http://127.0.0.1").host;
  const url = `${scheme}://${host}/api/sandboxes/${id}/files/${direction}?${query.toString()}`;
  return { status: 200, json: { url, expiresAt: formatSecond(expires * 1000) } };
}

async function useUrl(call: Call, parts: OpenComputerParts, direction: Direction): Promise<Answer> {
  const { world, request, nowMs } = call;
  const id = request.params["id"]!;
  const [path, expires, signature] = ["path", "expires", "signature"].map((name) => request.query(name));
  if (!path || !expires || !signature) return refusePath("path, expires, and signature are required");
  if (!/^\d+$/.test(expires) || Number(expires) > Number.MAX_SAFE_INTEGER)
    return refusePath("invalid expiration: a number of seconds is due");
  if (nowMs >= Number(expires) * 1000) return refuse(403, "signed URL expired", expired);
  if (!/^[0-9a-f]+$/i.test(signature)) return refuse(403, "invalid signature encoding", forged);
  const right = Buffer.from(sign(await secretOf(world), { id, path, direction, expires }));
  const shown = Buffer.from(signature.toLowerCase());
  if (shown.length !== right.length || !timingSafeEqual(shown, right)) return refuse(403, "invalid signature", forged);
  const entered = await enterRecord(world, id, nowMs, parts);
  if ("refusal" in entered) return entered.refusal;
  const act = direction === "download" ? readContent : writeContent;
  return actOn(() => act(call, entered.value, resolvePath(path)));
}

const expired: Reason = { rule: "signed-url-expired", message: "by the world's clock; make another one" };
const forged: Reason = {
  rule: "signed-url-signature",
  message: "a URL holds for the sandbox, the path, the method and the time that it was made for",
};

type Signed = { readonly id: string; readonly path: string; readonly direction: Direction; readonly expires: string };

function sign(secret: string, { id, path, direction, expires }: Signed): string {
  const text = ["opensandbox-signed-url", id, path, direction, expires].join("\n");
  return createHmac("sha256", secret).update(text).digest("hex");
}

async function secretOf(world: World): Promise<string> {
  const table = world.table(signingTable);
  const found = await table.get(keyId);
  if (found !== undefined) return found.secret;
  const createdAtMs = world.clock.now();
  const record = {
    id: keyId,
    tenantId: "",
    version: 1,
    createdAtMs,
    liveUntilMs: 0,
    secret: world.secrets(secretBytes),
  };
  await table.insert(record); // another request may have been faster
  return (await table.get(keyId))!.secret;
}

const worldParameter = "world";

/** The world that a signed URL is of; undefined for other requests, and for the default world. */
export function worldOfSignedUrl(request: MockRequest): string | undefined {
  return signedPath.test(request.url) ? request.query(worldParameter) : undefined;
}

const signedPath = /^\/api\/sandboxes\/[^/?]+\/files\/(?:download|upload)\?/;
