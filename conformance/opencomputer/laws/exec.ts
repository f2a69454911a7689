import type { Breach } from "../../kit/law/case.ts";
import type { Law } from "../../kit/law/law.ts";
import type { ApiCall } from "../../kit/law/call.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { levelAt } from "../level.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { membersOf } from "../readings.ts";
import { insidePointer, runIn } from "./inside.ts";
import { done, foreignLaw, sharedLaw } from "./shared-law.ts";

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
  sharedLaw({
    id: "opencomputer/start-command/result",
    requirement: levelAt(source),
    statement: "tell what came of a command that it ran in the background",
    source: insidePointer("getCommandResult", "responses", "200"),
    operations: ["startCommand", "getCommandResult"],
    needs: ["waiting"],
    waitsMs: endsMs,
    check: async (run, id) => {
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
  }),
  foreignLaw({
    id: "opencomputer/run-command/foreign",
    statement: "run no command in another organisation's sandbox",
    source: insidePointer("runCommand", "responses", "404"),
    operations: ["runCommand"],
    begin: (run, id) => done(run, printOut(id)),
    asked: (id) => [printOut(id)],
  }),
];

const printOut = (id: string): ApiCall => ({ operation: "runCommand", path: { id }, json: { cmd: "printf out" } });

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
  return sharedLaw({
    id: `opencomputer/run-command/${rule}`,
    requirement: levelAt(source),
    statement,
    source,
    operations: ["runCommand"],
    check: async (run, id) => {
      const exchange = await runIn(run, id, cmd);
      needsSuccess(exchange);
      return judge(exchange);
    },
  });
}
