import type { Harness } from "../../harness.fixture.ts";
import { type Case, create, kill, sandboxes } from "./case.fixture.ts";

const run = async (call: Harness["call"], cmd: string) => {
  const { json } = await call(`${sandboxes}/${await create(call)}/exec/run`, { body: { cmd } });
  return json as unknown;
};

/** A sandbox with a file, and how to read it. */
async function withFile({ call, url }: Harness) {
  const id = await create(call);
  const file = `${sandboxes}/${id}/files?path=a.txt`;
  const write = (body: string) =>
    fetch(`${url}${file}`, { method: "PUT", headers: { "x-api-key": "sandglass-acme" }, body });
  await write("whole\n");
  return { id, read: async () => call(file), write };
}

/** What is done inside a sandbox. */
export const casesInside: readonly Case[] = [
  {
    id: "streams-merged",
    seen: "the two streams of a command",
    see: ({ call }) => run(call, "printf out; printf err >&2"),
    wrong: { exitCode: 0, stdout: "outerr", stderr: "" },
    right: { exitCode: 0, stdout: "out", stderr: "err" },
  },
  {
    id: "exit-code-lost",
    seen: "what comes of a command that fails",
    see: ({ call }) => run(call, "exit 3"),
    wrong: { exitCode: 0, stdout: "", stderr: "" },
    right: { exitCode: 3, stdout: "", stderr: "" },
  },
  {
    id: "file-cut-short",
    seen: "a file that was written",
    see: async (harness) => (await (await withFile(harness)).read()).text,
    wrong: "whole",
    right: "whole\n",
  },
  {
    id: "file-decoded-as-text",
    seen: "a file that is no text",
    see: async ({ call, url }) => {
      const at = `${url}${sandboxes}/${await create(call)}/files?path=a.bin`;
      const headers = { "x-api-key": "sandglass-acme" };
      await fetch(at, { method: "PUT", headers, body: Uint8Array.of(0xff, 0x00) });
      return [...new Uint8Array(await (await fetch(at, { headers })).arrayBuffer())];
    },
    wrong: [0xef, 0xbf, 0xbd, 0],
    right: [0xff, 0],
  },
  {
    id: "files-lost-asleep",
    seen: "the status of a file after hibernation",
    see: async (harness) => {
      const { id, read } = await withFile(harness);
      await harness.call(`${sandboxes}/${id}/hibernate`, { method: "POST" });
      return (await read()).status;
    },
    wrong: 500,
    right: 200,
  },
  {
    id: "restore-keeps-files",
    seen: "a file after a restore",
    see: async (harness) => {
      const { id, read, write } = await withFile(harness);
      const at = `${sandboxes}/${id}/checkpoints`;
      const { json } = await harness.call(at, { body: { name: "one" } });
      await write("other\n");
      await harness.call(`${at}/${String(json["id"])}/restore`, { method: "POST" });
      return (await read()).text;
    },
    wrong: "other\n",
    right: "whole\n",
  },
  {
    id: "killed-gives-files",
    seen: "the status of a file after a kill",
    see: async (harness) => {
      const { id, read } = await withFile(harness);
      await kill(harness.call, id);
      return (await read()).status;
    },
    wrong: 200,
    right: 410,
  },
];
