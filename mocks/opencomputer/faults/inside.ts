import type { Fault } from "../../kit/fault.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import type { Answer } from "../../kit/exchange.ts";
import { dropFiles, fileSystemTable } from "../../kit/shell/file-system.ts";
import { updateRecord } from "../../kit/table.ts";
import type { components } from "../../../generated/opencomputer/types.ts";
import type { OpenComputerParts } from "../parts.ts";

type CommandResult = components["schemas"]["CommandResult"];
type Inside = Fault<OpenComputerParts>;

const contract = "opencomputer";

/** A fault that alters what comes of a command. */
const inResult =
  (alter: (result: CommandResult) => CommandResult): Inside["wrap"] =>
  (parts, { fires }) =>
    wrapHandlers(parts, ["runCommand"], (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      return answer.status === 200 && fires("runCommand")
        ? { ...answer, json: alter(answer.json as CommandResult) }
        : answer;
    });

export const streamsMerged: Inside = {
  id: "streams-merged",
  contract,
  summary: "writes what a command says on standard error to standard output",
  shows: "run a command that writes to both",
  wrap: inResult(({ stdout, stderr, ...rest }) => ({ ...rest, stdout: stdout + stderr, stderr: "" })),
};

export const exitCodeLost: Inside = {
  id: "exit-code-lost",
  contract,
  summary: "answers every command with exit code 0",
  shows: "run a command that fails",
  wrap: inResult((result) => ({ ...result, exitCode: 0 })),
};

const contentOf = (text: string) => ({ bytes: text.length, pieces: [Buffer.from(text)] });

/** A fault that alters the bytes of a file that is read. */
const inContent =
  (alter: (bytes: Buffer) => Uint8Array): Inside["wrap"] =>
  (parts, { fires }) =>
    wrapHandlers(parts, ["readFile"], (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      if (answer.content === undefined || answer.content.bytes === 0 || !fires("readFile")) return answer;
      const bytes = alter(Buffer.concat([...answer.content.pieces]));
      return { ...answer, content: { bytes: bytes.length, pieces: [bytes] } };
    });

export const fileCutShort: Inside = {
  id: "file-cut-short",
  contract,
  summary: "reads a file without its last byte",
  shows: "write a file, read it",
  wrap: inContent((bytes) => bytes.subarray(0, -1)),
};

export const fileDecoded: Inside = {
  id: "file-decoded-as-text",
  contract,
  summary: "reads each file as UTF-8 text, whatever its bytes",
  shows: "write a file that is no text, read it",
  wrap: inContent((bytes) => Buffer.from(bytes.toString("utf8"))),
};

export const filesLostAsleep: Inside = {
  id: "files-lost-asleep",
  contract,
  summary: "forgets the files of a sandbox that hibernates",
  shows: "write a file, hibernate, read it",
  wrap: (parts, { fires }) =>
    wrapHandlers(parts, ["hibernateSandbox"], (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      if (answer.status === 200 && fires("hibernateSandbox")) await dropFiles(call.world, call.request.params["id"]!);
      return answer;
    }),
};

export const restoreKeepsFiles: Inside = {
  id: "restore-keeps-files",
  contract,
  summary: "leaves the files as they are when it restores a checkpoint",
  shows: "write a file, checkpoint, write it again, restore, read it",
  wrap: (parts, { fires }) =>
    wrapHandlers(parts, ["restoreCheckpoint"], (inner) => async (call, whole) => {
      const id = call.request.params["id"]!;
      const table = call.world.table(fileSystemTable);
      const { nodes } = (await table.get(id)) ?? {};
      const answer = await inner(call, whole);
      if (answer.status !== 200 || nodes === undefined || !fires("restoreCheckpoint")) return answer;
      await updateRecord(table, id, (current) => ({ ...current, version: current.version + 1, nodes }));
      return answer;
    }),
};

export const killedGivesFiles: Inside = {
  id: "killed-gives-files",
  contract,
  summary: "reads files of a killed sandbox",
  shows: "write a file, kill, read it",
  wrap: (parts, { fires }) =>
    wrapHandlers(parts, ["readFile"], (inner) => async (call, whole): Promise<Answer> => {
      const answer = await inner(call, whole);
      if (answer.status !== 410 || !fires("readFile")) return answer;
      return {
        status: 200,
        headers: { "content-type": "application/octet-stream" },
        content: contentOf("left behind\n"),
      };
    }),
};
