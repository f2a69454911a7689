import type { Breach } from "../../kit/law/case.ts";
import type { Law } from "../../kit/law/law.ts";
import type { ApiCall } from "../../kit/law/call.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess, sha256Of } from "../../kit/law/exchange.ts";
import { sandboxesOf, scenarioLaw } from "../../kit/law/families/scenario.ts";
import { levelAt } from "../level.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { answered } from "../readings.ts";
import { asleep, sleptOnes } from "../scenarios/asleep.ts";
import { gate } from "../scenarios/preview-gate.ts";
import { insidePointer, readIn, writeIn } from "./inside.ts";
import { foreignLaw, sharedLaw } from "./shared-law.ts";

const path = "/tmp/sandglass-law.txt";
const content = 'tabs\tand\nlines\r\nand "quotes", m\u00fcnchen \u{1f511}, and no line at the end';
/** What files may hold, by a name that they may have. */
const contents = {
  "each byte": Uint8Array.from({ length: 256 }, (_, at) => at),
  nothing: new Uint8Array(),
  "a mebibyte \u00e9 \u{1f511} &+%23?": Uint8Array.from({ length: 1_048_576 }, (_, at) => (at * at) >> 3),
};
const read = insidePointer("readFile", "responses", "200");

/** What becomes of a file. */
export const fileLaws: readonly Law[] = [
  sharedLaw({
    id: "opencomputer/write-file/read-back",
    requirement: levelAt(read),
    statement: "give a file back as it was written",
    source: insidePointer("writeFile", "responses", "204"),
    operations: ["writeFile", "readFile"],
    check: async (run, id) => {
      await write(run, id);
      return judgeContent(await readIn(run, id, path));
    },
  }),
  sharedLaw({
    id: "opencomputer/write-file/any-bytes",
    requirement: levelAt(read),
    statement: "give a file back byte for byte, whatever its bytes, its size and its name",
    source: insidePointer("readFile"),
    operations: ["writeFile", "readFile"],
    check: async (run, id) => {
      for (const [name, bytes] of Object.entries(contents)) {
        const at = { path: { id }, query: { path: `/tmp/sandglass ${name}` } };
        const headers = { "content-type": "application/octet-stream" };
        needsSuccess(await run.send({ ...at, operation: "writeFile", bytes, headers }));
        const exchange = await run.send({ ...at, operation: "readFile" });
        needsSuccess(exchange);
        const { sha256, body } = exchange.response;
        if (sha256 === undefined) needs(bytes.length === 0 && body === "", "a file as application/octet-stream");
        else if (sha256 !== sha256Of(bytes)) {
          return { reason: `a file of ${name} (${bytes.length} bytes) came back as other bytes`, exchange };
        }
      }
      return undefined;
    },
  }),
  scenarioLaw({
    id: "opencomputer/read-file/kept-until-kill",
    requirement: levelAt(read),
    statement: "keep the files of a sandbox that hibernates, and give none of them once it is killed",
    source: insidePointer("readFile"),
    operations: ["readFile", "hibernateSandbox", "killSandbox"],
    scenario: gate,
    judge: ({ file: { written, kept, gone }, asleep, killed }) => {
      for (const step of [written, asleep.hibernated, killed]) needsSuccess(step);
      if (kept.response.body !== written.request.body) {
        return { reason: `a file that was there before it hibernated: ${answered(kept)} afterwards`, exchange: kept };
      }
      return isSuccess(gone) ? { reason: `a file of a killed sandbox: ${answered(gone)}`, exchange: gone } : undefined;
    },
  }),
  {
    ...scenarioLaw({
      id: "opencomputer/read-file/kept-asleep",
      requirement: levelAt(read),
      statement: "keep the files of a sandbox wherever they are, whether it hibernates by request or by its timeout",
      source: "#/x-idle-timeout/onExpiry",
      operations: ["readFile", "writeFile", "hibernateSandbox", "setSandboxTimeout"],
      movesTime: true,
      scenario: asleep,
      judge: ({ written, sleeps }) => {
        for (const step of written) needsSuccess(step);
        for (const { why, files } of sleptOnes(sleeps)) {
          const lost = files.find(({ text, exchange }) => exchange.response.body !== text);
          if (lost === undefined) continue;
          const reason = `it hibernated since ${why}, and a file "${lost.text}" is not as before: ${answered(lost.exchange)}`;
          return { reason, exchange: lost.exchange };
        }
        return undefined;
      },
    }),
    sandboxes: { ...sandboxesOf(asleep), shared: 1 },
  },
  foreignLaw({
    id: "opencomputer/write-file/foreign",
    statement: "write, list, make and delete no files in another organisation's sandbox",
    source: insidePointer("writeFile", "responses", "404"),
    operations: ["writeFile", "listFiles", "makeDirectory", "deleteFile"],
    begin: write,
    asked: (id) => [
      fileCall("listFiles", id, "/tmp"),
      fileCall("makeDirectory", id, "/tmp/sandglass-stranger"),
      { ...fileCall("writeFile", id, path), text: "a stranger's" },
      fileCall("deleteFile", id, path),
    ],
  }),
  foreignLaw({
    id: "opencomputer/read-file/foreign",
    statement: "give no file of another organisation's sandbox",
    source: insidePointer("readFile", "responses", "404"),
    operations: ["readFile"],
    begin: write,
    asked: (id) => [fileCall("readFile", id, path)],
  }),
];

function fileCall(operation: string, id: string, at: string): ApiCall {
  return { operation, path: { id }, query: { path: at } };
}

async function write(run: LawRun, id: string): Promise<string> {
  needsSuccess(await writeIn(run, id, path, content));
  return "";
}

function judgeContent(exchange: Exchange): Breach | undefined {
  needsSuccess(exchange);
  const { body } = exchange.response;
  if (body === content) return undefined;
  return { reason: `${JSON.stringify(content)} was written, and ${JSON.stringify(body.slice(0, 100))} read`, exchange };
}
