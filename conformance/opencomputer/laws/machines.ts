import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { levelAt } from "../level.ts";
import { needsSuccess } from "../../kit/law/precondition.ts";
import { answered, membersOf } from "../readings.ts";
import { sandboxesOf, scenarioLaw } from "../../kit/law/families/scenario.ts";
import { asleep, sleptOnes } from "../scenarios/asleep.ts";
import { insidePointer } from "./inside.ts";
import { sharedLaw } from "./shared-law.ts";

const source = insidePointer("scaleSandbox", "responses", "403");
const setLock = insidePointer("setScalingLock", "responses", "200");
/** The size that every sandbox has whose create names none: scaling it to that changes nothing. */
const memoryMB = 4096;

/** The size of a sandbox. */
export const machineLaws: readonly Law[] = [
  sharedLaw({
    id: "opencomputer/scale/locked",
    requirement: levelAt(source),
    statement:
      "refuse to scale a sandbox whose size is locked, with 403 and the code scaling_locked, until it is unlocked",
    source,
    operations: ["scaleSandbox", "setScalingLock"],
    check: async (run, id) => {
      needsSuccess(await lock(run, id, true));
      const exchange = await scale(run, id);
      needsSuccess(await lock(run, id, false));
      const { code } = membersOf(exchange);
      if (isSuccess(exchange) || exchange.response.status !== 403 || code !== "scaling_locked") {
        return { reason: `its size is locked: ${answered(exchange)} with the code ${JSON.stringify(code)}`, exchange };
      }
      const after = await scale(run, id);
      const isLocked = after.response.status === 403 && membersOf(after)["code"] === "scaling_locked";
      return isLocked ? { reason: "its size is still locked once it is unlocked", exchange: after } : undefined;
    },
  }),
  {
    ...scenarioLaw({
      id: "opencomputer/scaling-lock/kept-asleep",
      requirement: levelAt(setLock),
      statement: "keep the size of a sandbox locked from then on, while it hibernates and when it wakes",
      source: setLock,
      operations: ["getScalingLock", "setScalingLock", "hibernateSandbox", "wakeSandbox"],
      movesTime: true,
      scenario: asleep,
      judge: ({ locked, sleeps }) => {
        needsSuccess(locked);
        for (const { why, locks } of sleptOnes(sleeps)) {
          for (const exchange of locks) {
            needsSuccess(exchange);
            if (membersOf(exchange)["locked"] === true) continue;
            return { reason: `its size was locked, it hibernated since ${why}, and is not locked any more`, exchange };
          }
        }
        return undefined;
      },
    }),
    sandboxes: { ...sandboxesOf(asleep), shared: 1 },
  },
];

const lock = (run: LawRun, id: string, locked: boolean) =>
  run.send({ operation: "setScalingLock", path: { id }, json: { locked } });

const scale = (run: LawRun, id: string) => run.send({ operation: "scaleSandbox", path: { id }, json: { memoryMB } });
