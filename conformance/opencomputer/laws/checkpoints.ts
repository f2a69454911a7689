import type { Law } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import { levelAt } from "../level.ts";
import { needsSuccess } from "../../kit/law/precondition.ts";
import { answered } from "../readings.ts";
import { insidePointer, makeCheckpoint, readIn, writeIn } from "./inside.ts";
import { sharedLaw } from "./shared-law.ts";

const path = "/tmp/sandglass-checkpoint.txt";
const source = insidePointer("restoreCheckpoint");
const restoresMax = 10;
const betweenMs = 1_000;

/** What becomes of a checkpoint. Each law takes away the one that it made. */
export const checkpointLaws: readonly Law[] = [
  sharedLaw({
    id: "opencomputer/restore-checkpoint/files-back",
    requirement: levelAt(source),
    statement: "give the files of a checkpoint back once the sandbox is put back to it",
    source,
    operations: ["createCheckpoint", "restoreCheckpoint", "readFile", "writeFile"],
    movesTime: true,
    check: async (run, id) => {
      needsSuccess(await writeIn(run, id, path, "before"));
      const checkpointId = await makeCheckpoint(run, id);
      needsSuccess(await writeIn(run, id, path, "after"));
      needsSuccess(await restore(run, id, checkpointId));
      const exchange = await readIn(run, id, path);
      await run.send({ operation: "deleteCheckpoint", path: { id, checkpointId } });
      if (isSuccess(exchange) && exchange.response.body === "before") return undefined;
      const seen = isSuccess(exchange) ? JSON.stringify(exchange.response.body.slice(0, 100)) : answered(exchange);
      return { reason: `the file held "before" at the checkpoint, and is ${seen} once it is restored`, exchange };
    },
  }),
  sharedLaw({
    id: "opencomputer/list-checkpoints/foreign",
    requirement: "MUST",
    statement: "list no checkpoint of another organisation's sandbox",
    source: insidePointer("listCheckpoints", "responses", "404"),
    operations: ["createCheckpoint", "listCheckpoints"],
    needs: ["memory", "second-key"],
    check: async (run, id) => {
      const checkpointId = await makeCheckpoint(run, id);
      const exchange = await run.send({ operation: "listCheckpoints", path: { id }, credentials: "other" });
      await run.send({ operation: "deleteCheckpoint", path: { id, checkpointId } });
      if (!exchange.response.body.includes(checkpointId)) return undefined;
      return { reason: `${answered(exchange)} to another organisation's key, with the checkpoint`, exchange };
    },
  }),
];

/** One that is not ready yet is refused for a while. */
async function restore(run: LawRun, id: string, checkpointId: string): Promise<Exchange> {
  for (let tries = 1; ; tries += 1) {
    const exchange = await run.send({ operation: "restoreCheckpoint", path: { id, checkpointId } });
    if (exchange.response.status !== 400 || tries >= restoresMax) return exchange;
    if (run.time.controlled) await run.time.pass(betweenMs);
  }
}
