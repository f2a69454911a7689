import type { Breach } from "../../kit/law/case.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import { answerText } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { ask, list, listRuns } from "../readings.ts";
import { sandboxesOf, showing } from "../../kit/law/families/scenario.ts";
import { sharedRun } from "../shared.ts";
import { pointer } from "../operations.ts";

/** What belongs to one account is not for others to see: all of it is MUST, whatever its source. */
export const tenants: readonly Law[] = [
  {
    id: "recoup/list/stranger-reads-nothing",
    requirement: "MUST",
    statement: "answer a stranger's request for another account's sandbox as if it had never been",
    source: pointer("listSandboxes", "parameters", "0"),
    operations: ["listSandboxes", "createSandbox"],
    needs: ["memory", "second-key"],
    sandboxes: { ...noSandboxes, shared: 1 },
    check: async (run) => {
      const ask = (id: string) => list(run, { query: { sandbox_id: id }, credentials: "other" });
      const { exchange, sandboxes } = await ask(await run.sharedSandbox());
      if (sandboxes.length > 0) return { reason: "a stranger reads the sandbox by its id", exchange };
      return judgeAlike((await ask(run.absentId())).exchange, exchange);
    },
  },
  {
    id: "recoup/list/stranger-lists-nothing",
    requirement: "MUST",
    statement: "list no sandboxes of another account to a stranger",
    source: pointer("listSandboxes", "responses", "200"),
    operations: ["listSandboxes", "createSandbox"],
    needs: ["memory", "second-key"],
    sandboxes: { ...noSandboxes, shared: 1 },
    check: showing(async (run) => {
      await run.sharedSandbox();
      await list(run, { credentials: "other" });
    }),
  },
  {
    id: "recoup/list-runs/stranger-reads-nothing",
    requirement: "MUST",
    statement: "answer a stranger's request for another account's run as if it had never been",
    source: pointer("listTaskRuns", "responses", "404"),
    operations: ["listTaskRuns", "createSandbox"],
    needs: ["memory", "second-key"],
    sandboxes: sandboxesOf(sharedRun),
    check: async (run) => {
      const { runId } = (await run.play(sharedRun)).record;
      const askFor = (id: string) =>
        ask(run, { operation: "listTaskRuns", query: { runId: id }, credentials: "other" });
      const exchange = await askFor(runId);
      if (exchange.response.body.includes(runId)) return { reason: "a stranger reads the run by its id", exchange };
      return judgeAlike(await askFor(`run_${run.absentId()}`), exchange);
    },
  },
  {
    id: "recoup/list-runs/stranger-lists-nothing",
    requirement: "MUST",
    statement: "list no runs of another account to a stranger",
    source: pointer("listTaskRuns", "responses", "200"),
    operations: ["listTaskRuns", "createSandbox"],
    needs: ["memory", "second-key"],
    sandboxes: sandboxesOf(sharedRun),
    check: showing(async (run) => {
      await run.play(sharedRun);
      await listRuns(run, { credentials: "other", query: { limit: "100" } });
    }),
  },
];

/** Where the answers differ, one of them tells that the thing is there. */
function judgeAlike(unknown: Exchange, foreign: Exchange): Breach | undefined {
  const [one, other] = [unknown.response, foreign.response];
  if (one.status === other.status && one.body === other.body) return undefined;
  const reason = `an id of another account is told from an unknown one: ${answerText(unknown)}, ${answerText(foreign)}`;
  return { reason, exchange: foreign };
}
