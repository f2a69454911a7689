import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { laterLaw } from "../../kit/law/families/scenario.ts";
import type { Law } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import { isObject } from "../../kit/law/schema.ts";
import { needs } from "../../kit/law/precondition.ts";
import { list, listRuns, snapshotIn } from "../readings.ts";
import { exitCodeOfRun, type PrintingRun, printingRun, writtenByRun } from "../shared.ts";

/** When a run is looked at, in milliseconds after its start. One that takes longer is not judged. */
const lookMs = 10_000;
const output = "#/components/schemas/TaskRun/properties/output";

/** What a run that has ended has come to. Its command prints two words and ends. */
export const runResults: readonly Law[] = [
  resultLaw({
    id: "recoup/list-runs/streams-apart",
    requirement: "SHOULD",
    statement: "tell what a command wrote to standard output and to standard error apart",
    source: output,
    judge: ({ exchange, result }) => {
      const has = (stream: unknown, word: string) => typeof stream === "string" && stream.includes(word);
      const { stdout, stderr } = result;
      const isApart =
        has(stdout, writtenByRun.stdout) &&
        has(stderr, writtenByRun.stderr) &&
        !has(stdout, writtenByRun.stderr) &&
        !has(stderr, writtenByRun.stdout);
      if (isApart) return undefined;
      const seen = JSON.stringify({ stdout, stderr });
      const sent = `${writtenByRun.stdout} went to standard output and ${writtenByRun.stderr} to standard error`;
      return { reason: `${sent}, and the run has ${seen}`, exchange };
    },
  }),
  resultLaw({
    id: "recoup/list-runs/exit-code",
    requirement: "SHOULD",
    statement: "tell the exit code of a command that was run",
    source: output,
    judge: ({ exchange, result }) => {
      const { exitCode } = result;
      if (exitCode === exitCodeOfRun) return undefined;
      return { reason: `the command ended with ${exitCodeOfRun}, and the run has ${String(exitCode)}`, exchange };
    },
  }),
  resultLaw({
    id: "recoup/list/run-sets-snapshot",
    requirement: "MAY", // seen, and in no document
    statement: "list an account with the snapshot of a run that has ended",
    source: "#/components/schemas/TaskRun/x-on-completion/account",
    judge: async ({ run, record, result }) => {
      const { snapshot } = result;
      needs(isObject(snapshot), "a snapshot, named by the run");
      const { exchange } = await list(run);
      const now = snapshotIn(exchange);
      // Another run may have ended since.
      if (now === snapshot["id"] || (now !== null && now !== undefined && now !== record.snapshotBefore))
        return undefined;
      return { reason: `the run has left ${String(snapshot["id"])}, and the list tells ${String(now)}`, exchange };
    },
  }),
];

type Judged = {
  readonly run: LawRun;
  readonly record: PrintingRun;
  readonly exchange: Exchange;
  readonly result: JsonObject;
};
type ResultLaw = Pick<Law, "id" | "requirement" | "statement" | "source"> & {
  readonly judge: (judged: Judged) => Breach | undefined | Promise<Breach | undefined>;
};

function resultLaw({ judge, ...law }: ResultLaw): Law {
  return laterLaw({
    ...law,
    operations: ["listTaskRuns", "createSandbox", "listSandboxes"],
    needs: ["memory"],
    scenario: printingRun,
    afterMs: lookMs,
    look: async (run, record) => {
      const { exchange, runs } = await listRuns(run, { query: { runId: record.runId } });
      const { status, output } = runs[0] ?? {};
      needs(status === "COMPLETED" && isObject(output), `the output of the run within ${lookMs / 1000} s`);
      return judge({ run, record, exchange, result: output });
    },
  });
}
