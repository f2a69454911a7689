import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { needs } from "../../kit/law/precondition.ts";
import { answered, isListedRunning, stateIn } from "../readings.ts";
import { tokens as tokenScenario } from "../scenarios/tokens.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { pointer } from "../operations.ts";

/** What comes of requests that are under way at once. */
export const concurrency: readonly Law[] = [
  scenarioLaw({
    // A sandbox that was killed and runs on costs money.
    id: "opencomputer/kill/races-hibernate",
    requirement: "MUST",
    statement: "stop a sandbox for good that is killed and hibernated at once",
    source: pointer("killSandbox"),
    operations: ["killSandbox", "hibernateSandbox", "getSandbox", "wakeSandbox"],
    scenario: tokenScenario,
    judge: ({ open, plain, wide }) => {
      const races = [open, plain, wide].map(({ race }) => race).filter(({ killed }) => isSuccess(killed));
      needs(races.length > 0, "a kill that was answered with success");
      return races.map(judgeRace).find(Boolean);
    },
  }),
  scenarioLaw({
    id: "opencomputer/hibernate/races-kill",
    requirement: "SHOULD",
    statement: "answer a hibernate that races a kill as if one came before the other",
    source: pointer("hibernateSandbox"),
    operations: ["hibernateSandbox", "killSandbox"],
    scenario: tokenScenario,
    judge: ({ open, plain, wide }) => {
      const odd = [open, plain, wide]
        .map(({ race }) => race.hibernated)
        .find(({ response }) => ![200, 400].includes(response.status));
      if (odd === undefined) return undefined;
      return {
        reason: `${answered(odd)} while the sandbox was killed: it is 200 before the kill, 400 after it`,
        exchange: odd,
      };
    },
  }),
];

type Race = {
  readonly id: string;
  readonly got: Exchange;
  readonly listed: Exchange;
  readonly woken: Exchange;
  readonly gotLater: Exchange;
};

function judgeRace({ id, got, listed, woken, gotLater }: Race): Breach | undefined {
  for (const exchange of [got, gotLater]) {
    const state = stateIn(exchange);
    if (state === "running" || state === "hibernated") {
      return { reason: `${id} was killed while it was hibernated, and is ${state} now`, exchange };
    }
  }
  if (isSuccess(woken)) return { reason: `${id} was killed while it was hibernated, and woke`, exchange: woken };
  return isListedRunning(listed, id)
    ? { reason: `${id} was killed, and is listed as running`, exchange: listed }
    : undefined;
}
