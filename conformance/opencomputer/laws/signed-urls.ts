import { isSuccess } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { ApiCall } from "../../kit/law/call.ts";
import { levelAt } from "../level.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { answered, membersOf } from "../readings.ts";
import { insidePointer, readIn, writeIn } from "./inside.ts";
import { done, foreignLaw, sharedLaw } from "./shared-law.ts";

const text = "signed";
const lateMs = 2_000;
/** The time of expiry is told in whole seconds, and may be rounded up. */
const roundedMs = 1_000;

/** One of the two directions of signed URLs. */
type Direction = {
  readonly slug: "download-url" | "upload-url";
  readonly create: "createDownloadUrl" | "createUploadUrl";
  readonly use: "downloadFile" | "uploadFile";
  readonly opposite: "downloadFile" | "uploadFile";
  readonly does: string; // completes "a server …"
  readonly misuse: string;
  /** Whether what was done with the URL came to what it is for. */
  readonly isDone: (run: LawRun, id: string, used: Exchange) => Promise<boolean>;
};

const download: Direction = {
  slug: "download-url",
  create: "createDownloadUrl",
  use: "downloadFile",
  opposite: "uploadFile",
  does: "give a file by its signed URL, without a key",
  misuse: "to write",
  isDone: (_, __, { response: { body } }) => Promise.resolve(body === text),
};

const upload: Direction = {
  slug: "upload-url",
  create: "createUploadUrl",
  use: "uploadFile",
  opposite: "downloadFile",
  does: "take a file by its signed URL, without a key",
  misuse: "to read",
  isDone: async (run, id) => (await readIn(run, id, pathOf(upload))).response.body === sentByUrl,
};

/** What is sent by a URL, with no key. */
const sentByUrl = "sent by its URL";
const pathOf = ({ slug }: Direction) => `/tmp/sandglass-${slug}.txt`;
const otherPathOf = ({ slug }: Direction) => `/tmp/sandglass-no-${slug}.txt`;

/** URLs that open one file to who has no key: each opens another's files if it opens more than that. */
export const signedUrlLaws: readonly Law[] = [...lawsOf(download), ...lawsOf(upload)];

function lawsOf(direction: Direction): readonly Law[] {
  const { slug, create, use, opposite } = direction;
  const source = insidePointer(create);
  const refusal = insidePointer(use, "responses", "403");
  return [
    sharedLaw({
      id: `opencomputer/${slug}/opens-file`,
      requirement: levelAt(source),
      statement: direction.does,
      source,
      operations: [create, use],
      check: async (run, id) => {
        const exchange = await open(run, id, await sign(run, id, direction), use);
        if (isSuccess(exchange) && (await direction.isDone(run, id, exchange))) return undefined;
        return { reason: `a signed URL of a file that was written: ${answered(exchange)}`, exchange };
      },
    }),
    {
      id: `opencomputer/${slug}/opens-no-more`,
      requirement: "MUST",
      statement: "open by a signed URL no other file, sandbox or direction, and for no longer than it was made for",
      source: refusal,
      operations: [use, create, opposite],
      needs: ["memory"],
      sandboxes: { ...noSandboxes, shared: 2 },
      check: async (run) => {
        const [id, otherId] = [await run.sharedSandbox(0), await run.sharedSandbox(1)];
        const query = await sign(run, id, direction);
        const otherPath = otherPathOf(direction);
        needsSuccess(await writeIn(run, id, otherPath, text));
        needsSuccess(await writeIn(run, otherId, pathOf(direction), text));
        const { signature = "", expires = "" } = query;
        const misuses: readonly (readonly [string, () => Promise<Exchange>])[] = [
          ["of another file", () => open(run, id, { ...query, path: otherPath }, use)],
          ["of another sandbox", () => open(run, otherId, query, use)],
          [direction.misuse, () => open(run, id, query, opposite)],
          ["for an hour more", () => open(run, id, { ...query, expires: String(Number(expires) + 3_600) }, use)],
          ["with another signature", () => open(run, id, { ...query, signature: turned(signature) }, use)],
        ];
        for (const [how, send] of misuses) {
          const exchange = await send();
          if (isSuccess(exchange))
            return { reason: `a signed URL that was used ${how}: ${answered(exchange)}`, exchange };
        }
        return undefined;
      },
    },
    sharedLaw({
      id: `opencomputer/${slug}/expires`,
      requirement: "MUST",
      statement: "open nothing by a signed URL once its time is up",
      source: refusal,
      operations: [use, create],
      needs: ["memory", "waiting"],
      waitsMs: lateMs + 1_000,
      check: async (run, id) => {
        const query = await sign(run, id, direction, 1);
        const judge = async () => {
          const exchange = await open(run, id, query, use);
          return isSuccess(exchange)
            ? { reason: `a signed URL whose time was up: ${answered(exchange)}`, exchange }
            : undefined;
        };
        return [{ untilMs: run.time.now() + 1_000 + lateMs, judge }];
      },
    }),
    // Where the clock can be moved, there is no need to wait together with others, nor for long.
    sharedLaw({
      id: `opencomputer/${slug}/expires-on-time`,
      requirement: "MUST",
      statement: "open nothing by a signed URL from the moment on at which its time is up",
      source: refusal,
      operations: [use, create],
      needs: ["memory", "clock-control"],
      movesTime: true,
      check: async (run, id) => {
        const query = await sign(run, id, direction, 1);
        await run.time.pass(1_000 + roundedMs + run.time.uncertaintyMs);
        const exchange = await open(run, id, query, use);
        if (!isSuccess(exchange)) return undefined;
        return { reason: `a signed URL that was used right after its time was up: ${answered(exchange)}`, exchange };
      },
    }),
    foreignLaw({
      id: `opencomputer/${slug}/foreign`,
      statement: "sign no URL of a file in another organisation's sandbox",
      source: insidePointer(create, "responses", "404"),
      operations: [create],
      begin: (run, id) => done(run, signing(id, direction)),
      asked: (id) => [signing(id, direction)],
    }),
  ];
}

type Query = Readonly<Record<string, string>>;

/** What has a URL of the file signed. */
const signing = (id: string, direction: Direction, expiresIn = 60): ApiCall => ({
  ...{ operation: direction.create, path: { id } },
  json: { path: pathOf(direction), expiresIn },
});

/** Writes the file, and has a URL of it signed: its query. */
async function sign(run: LawRun, id: string, direction: Direction, expiresIn = 60): Promise<Query> {
  needsSuccess(await writeIn(run, id, pathOf(direction), text));
  const exchange = await run.send(signing(id, direction, expiresIn));
  needsSuccess(exchange);
  const url = URL.parse(String(membersOf(exchange)["url"]));
  needs(url !== null, "the URL of a file");
  return Object.fromEntries(url.searchParams);
}

/** Uses a signed URL, without a key. */
function open(run: LawRun, id: string, query: Query, operation: Direction["use"]) {
  const call: ApiCall = { operation, path: { id }, query, credentials: "none" };
  const headers = { "content-type": "application/octet-stream" };
  return run.send(operation === "downloadFile" ? call : { ...call, text: sentByUrl, headers });
}

/** With another last digit. */
const turned = (signature: string) => signature.slice(0, -1) + (signature.endsWith("0") ? "1" : "0");
