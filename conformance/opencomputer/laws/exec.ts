import type { Breach } from "../../kit/law/case.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import { levelAt } from "../level.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { answered, membersOf } from "../readings.ts";
import { insidePointer, runIn } from "./inside.ts";

const source = insidePointer("runCommand", "responses", "200");

/** It prints on both streams, and ends at once. */
const printing = "printf out; printf err >&2; exit 3";
const endsMs = 5_000;

/** What a command comes to. The commands print and end, and do nothing else. */
export const execLaws: readonly Law[] = [
  commandLaw({
    rule: "streams-apart",
    statement: "tell what a command writes to standard output and to standard error apart",
    cmd: "printf out; printf err >&2",
    judge: (exchange) => {
      const { stdout, stderr } = membersOf(exchange);
      if (stdout === "out" && stderr === "err") return undefined;
      const seen = JSON.stringify({ stdout, stderr });
      return {
        reason: `"out" went to standard output and "err" to standard error, and the answer has ${seen}`,
        exchange,
      };
    },
  }),
  commandLaw({
    rule: "exit-code",
    statement: "tell the exit code of a command",
    cmd: "exit 3",
    judge: (exchange) => {
      const { exitCode } = membersOf(exchange);
      if (exitCode === 3) return undefined;
      return { reason: `the command ended with 3, and the answer has ${JSON.stringify(exitCode)}`, exchange };
    },
  }),
  {
    id: "opencomputer/start-command/result",
    requirement: levelAt(source),
    statement: "tell what came of a command that it ran in the background",
    source: insidePointer("getCommandResult", "responses", "200"),
    operations: ["startCommand", "getCommandResult"],
    needs: ["waiting"],
    sandboxes: { ...noSandboxes, shared: 1 },
    waitsMs: endsMs,
    check: async (run) => {
      const id = await run.sharedSandbox();
      const started = await run.send({ operation: "startCommand", path: { id }, json: { cmd: printing } });
      needsSuccess(started);
      const { execId } = membersOf(started);
      if (typeof execId !== "string") return judgeResult(started); // it ended at once
      const judge = async () => {
        const exchange = await run.send({ operation: "getCommandResult", path: { id, execId } });
        needsSuccess(exchange);
        needs(membersOf(exchange)["running"] === false, `the end of a command within ${endsMs / 1_000} s`);
        return judgeResult(exchange);
      };
      return [{ untilMs: run.time.now() + endsMs, judge }];
    },
  },
  {
    id: "opencomputer/run-command/foreign",
    requirement: "MUST",
    statement: "run no command in another organisation's sandbox",
    source: insidePointer("runCommand", "responses", "404"),
    operations: ["runCommand"],
    needs: ["memory", "second-key"],
    sandboxes: { ...noSandboxes, shared: 1 },
    check: async (run) => {
      const id = await run.sharedSandbox();
      needsSuccess(await runIn(run, id, "printf out"));
      const exchange = await runIn(run, id, "printf out", "other");
      if (!isSuccess(exchange)) return undefined;
      return { reason: `${answered(exchange)} to another organisation's key`, exchange };
    },
  },
];

function judgeResult(exchange: Exchange): Breach | undefined {
  const { exitCode, stdout, stderr } = membersOf(exchange);
  if (exitCode === 3 && stdout === "out" && stderr === "err") return undefined;
  const seen = JSON.stringify({ exitCode, stdout, stderr });
  return { reason: `"${printing}" ended, and the answer has ${seen}`, exchange };
}

function commandLaw({
  rule,
  statement,
  cmd,
  judge,
}: {
  readonly rule: string;
  readonly statement: string;
  readonly cmd: string;
  readonly judge: (exchange: Exchange) => Breach | undefined;
}): Law {
  return {
    id: `opencomputer/run-command/${rule}`,
    requirement: levelAt(source),
    statement,
    source,
    operations: ["runCommand"],
    needs: ["memory"],
    sandboxes: { ...noSandboxes, shared: 1 },
    check: async (run) => {
      const exchange = await runIn(run, await run.sharedSandbox(), cmd);
      needsSuccess(exchange);
      return judge(exchange);
    },
  };
}
