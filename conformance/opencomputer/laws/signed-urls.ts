import { isSuccess } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { ApiCall, Credentials } from "../../kit/law/call.ts";
import { levelAt } from "../level.ts";
import { needs, needsSuccess } from "../precondition.ts";
import { answered, membersOf } from "../readings.ts";
import { insidePointer, writeIn } from "./inside.ts";

const path = "/tmp/sandglass-signed.txt";
const otherPath = "/tmp/sandglass-not-signed.txt";
const text = "signed";
const source = insidePointer("createDownloadUrl");
const refusal = insidePointer("downloadFile", "responses", "403");
const lateMs = 2_000;

/** URLs that open one file to who has no key: each opens another's files if it opens more than that. */
export const signedUrlLaws: readonly Law[] = [
  {
    id: "opencomputer/download-url/opens-file",
    requirement: levelAt(source),
    statement: "give a file by its signed URL, without a key",
    source,
    operations: ["createDownloadUrl", "downloadFile"],
    needs: ["memory"],
    sandboxes: { ...noSandboxes, shared: 1 },
    check: async (run) => {
      const id = await run.sharedSandbox();
      const exchange = await open(run, id, await sign(run, id));
      if (isSuccess(exchange) && exchange.response.body === text) return undefined;
      return { reason: `a signed URL of a file that was written: ${answered(exchange)}`, exchange };
    },
  },
  {
    id: "opencomputer/download-url/opens-no-more",
    requirement: "MUST",
    statement: "open by a signed URL no other file, sandbox or direction, and for no longer than it was made for",
    source: refusal,
    operations: ["downloadFile", "createDownloadUrl", "uploadFile"],
    needs: ["memory"],
    sandboxes: { ...noSandboxes, shared: 2 },
    check: async (run) => {
      const [id, otherId] = [await run.sharedSandbox(0), await run.sharedSandbox(1)];
      const query = await sign(run, id);
      needsSuccess(await writeIn(run, id, otherPath, text));
      needsSuccess(await writeIn(run, otherId, path, text));
      const { signature = "", expires = "" } = query;
      const misuses: readonly (readonly [string, () => Promise<Exchange>])[] = [
        ["of another file", () => open(run, id, { ...query, path: otherPath })],
        ["of another sandbox", () => open(run, otherId, query)],
        ["to write", () => open(run, id, query, "uploadFile")],
        ["for an hour more", () => open(run, id, { ...query, expires: String(Number(expires) + 3_600) })],
        ["with another signature", () => open(run, id, { ...query, signature: turned(signature) })],
      ];
      for (const [how, send] of misuses) {
        const exchange = await send();
        if (isSuccess(exchange))
          return { reason: `a signed URL that was used ${how}: ${answered(exchange)}`, exchange };
      }
      return undefined;
    },
  },
  {
    id: "opencomputer/download-url/expires",
    requirement: "MUST",
    statement: "open nothing by a signed URL once its time is up",
    source: refusal,
    operations: ["downloadFile", "createDownloadUrl"],
    needs: ["memory", "waiting"],
    sandboxes: { ...noSandboxes, shared: 1 },
    waitsMs: lateMs + 1_000,
    check: async (run) => {
      const id = await run.sharedSandbox();
      const query = await sign(run, id, 1);
      const judge = async () => {
        const exchange = await open(run, id, query);
        return isSuccess(exchange)
          ? { reason: `a signed URL whose time was up: ${answered(exchange)}`, exchange }
          : undefined;
      };
      return [{ untilMs: run.time.now() + 1_000 + lateMs, judge }];
    },
  },
  {
    id: "opencomputer/download-url/foreign",
    requirement: "MUST",
    statement: "sign no URL of a file in another organisation's sandbox",
    source: insidePointer("createDownloadUrl", "responses", "404"),
    operations: ["createDownloadUrl"],
    needs: ["memory", "second-key"],
    sandboxes: { ...noSandboxes, shared: 1 },
    check: async (run) => {
      const id = await run.sharedSandbox();
      needsSuccess(await askFor(run, id));
      const exchange = await askFor(run, id, { credentials: "other" });
      return isSuccess(exchange)
        ? { reason: `${answered(exchange)} to another organisation's key`, exchange }
        : undefined;
    },
  },
];

type Query = Readonly<Record<string, string>>;

function askFor(
  run: LawRun,
  id: string,
  { expiresIn = 60, ...more }: { readonly expiresIn?: number; readonly credentials?: Credentials } = {},
): Promise<Exchange> {
  return run.send({ operation: "createDownloadUrl", path: { id }, json: { path, expiresIn }, ...more });
}

/** Writes the file, and has a URL of it signed: its query. */
async function sign(run: LawRun, id: string, expiresIn = 60): Promise<Query> {
  needsSuccess(await writeIn(run, id, path, text));
  const exchange = await askFor(run, id, { expiresIn });
  needsSuccess(exchange);
  const url = URL.parse(String(membersOf(exchange)["url"]));
  needs(url !== null, "the URL of a file");
  return Object.fromEntries(url!.searchParams);
}

/** Uses a signed URL, without a key. */
function open(run: LawRun, id: string, query: Query, operation: "downloadFile" | "uploadFile" = "downloadFile") {
  const call: ApiCall = { operation, path: { id }, query, credentials: "none" };
  return run.send(
    operation === "downloadFile"
      ? call
      : { ...call, text: "written by a stranger", headers: { "content-type": "application/octet-stream" } },
  );
}

/** With another last digit. */
const turned = (signature: string) => signature.slice(0, -1) + (signature.endsWith("0") ? "1" : "0");
