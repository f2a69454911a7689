import { judgeAnswer } from "../../kit/law/answer.ts";
import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { sendCreate } from "../attempt.ts";
import { list } from "../calls.ts";
import { needs } from "../../kit/law/precondition.ts";
import { listedRunning, statusOf } from "../readings.ts";
import { quota } from "../scenarios/quota.ts";
import type { ScenarioLawHead } from "../../kit/law/families/scenario.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { pointer } from "../operations.ts";
import { insidePointer } from "./inside.ts";

type Recorded = Awaited<ReturnType<typeof quota.play>>;

const full = pointer("createSandbox", "responses", "429");

const operations = ["createSandbox", "killSandbox", "hibernateSandbox", "listSandboxes"];

function quotaLaw({
  judge,
  needs: more = [],
  ...head
}: Omit<ScenarioLawHead, "operations"> & {
  readonly operations?: Law["operations"];
  readonly judge: (record: Recorded, run: LawRun) => Breach | undefined;
}): Law {
  return scenarioLaw({ operations, ...head, needs: ["memory", "quota", ...more], scenario: quota, judge });
}

/** How many sandboxes an organisation may have running, and what counts. */
export const quotaLaws: readonly Law[] = [
  quotaLaw({
    id: "opencomputer/create/quota-reached",
    requirement: "MAY",
    statement: "let an organisation have as many running sandboxes as its quota says",
    source: full,
    judge: ({ filled }) => {
      const exchange = filled.find((create) => statusOf(create) === 429);
      return (
        exchange && withoutExcuse(exchange, `create ${filled.indexOf(exchange) + 1} of ${filled.length} was refused`)
      );
    },
  }),
  quotaLaw({
    // A user who sets a quota means to limit costs.
    id: "opencomputer/create/quota-kept",
    requirement: "MUST",
    statement: "refuse a create beyond the quota with 429 and the documented body",
    source: full,
    judge: (record) => {
      const exchange = record.beyond;
      needsFull(record);
      if (isSuccess(exchange))
        return { reason: `all ${record.limit} places were taken, and one more was given`, exchange };
      needs(statusOf(exchange) === 429, "an answer about the quota");
      return undefined;
    },
  }),
  quotaLaw({
    id: "opencomputer/create/quota-shape",
    requirement: "MAY",
    statement: "answer a create beyond the quota with the documented body",
    source: full,
    judge: ({ beyond }, { contract }) => {
      needs(statusOf(beyond) === 429, "a create beyond the quota");
      const reason = judgeAnswer(contract, beyond);
      return reason === undefined ? undefined : { reason };
    },
  }),
  quotaLaw({
    id: "opencomputer/kill/frees-place",
    requirement: "MUST",
    statement: "free the place of a killed sandbox in the quota",
    source: full,
    judge: ({ lost, filled, afterKill: exchange }) => {
      if (lost.length > 0) return stillLost(lost);
      needs(filled.every(isSuccess), "a quota that was filled");
      return statusOf(exchange) === 429 ? withoutExcuse(exchange, "one was killed, yet there is no room") : undefined;
    },
  }),
  quotaLaw({
    id: "opencomputer/hibernate/frees-place",
    requirement: "MUST",
    statement: "free the place of a hibernated sandbox in the quota",
    source: pointer("hibernateSandbox"),
    judge: ({ lost, filled, afterKill, afterHibernate, afterRefusals, afterExpiry }) => {
      if (lost.length > 0) return stillLost(lost);
      needs(filled.every(isSuccess) && isSuccess(afterKill), "a quota that was filled");
      if (statusOf(afterHibernate) === 429)
        return withoutExcuse(afterHibernate, "one was hibernated, yet there is no room");
      return afterExpiry !== undefined && statusOf(afterExpiry) === 429 && isSuccess(afterRefusals)
        ? withoutExcuse(afterExpiry, "one sleeps because its time was up, yet there is no room")
        : undefined;
    },
  }),
  quotaLaw({
    id: "opencomputer/fork-checkpoint/quota-kept",
    requirement: "MUST",
    statement: "make no sandbox from a checkpoint beyond the quota",
    source: insidePointer("forkCheckpoint", "responses", "429"),
    operations: ["forkCheckpoint", ...operations],
    judge: (record) => {
      const exchange = record.forked;
      needsFull(record);
      needs(exchange !== undefined && !isSuccess(record.beyond), "a checkpoint, and a quota that is kept");
      if (!isSuccess(exchange)) return undefined;
      return { reason: `all ${record.limit} places were taken, and a fork was given one more`, exchange };
    },
  }),
  quotaLaw({
    id: "opencomputer/wake/takes-place",
    requirement: "MUST",
    statement: "count a sandbox that woke against the quota, however it was woken",
    source: full,
    operations: ["wakeSandbox", ...operations],
    judge: (record) => {
      needsFull(record);
      needs(record.woken.length > 0 && !isSuccess(record.beyond), "one that woke, and a quota that is kept");
      const passed = record.woken.find(({ exchange }) => isSuccess(exchange));
      if (passed === undefined) return undefined;
      const { how, exchange } = passed;
      return {
        reason: `one that was woken ${how} took the last of ${record.limit} places, and one more was given`,
        exchange,
      };
    },
  }),
  quotaLaw({
    id: "opencomputer/create/refusal-keeps-no-place",
    requirement: "MUST",
    statement: "keep no place in the quota for a create that it refused",
    source: "#/info/description",
    judge: (record) => {
      if (record.lost.length > 0) return stillLost(record.lost);
      needsFull(record);
      needs(!record.broken.some(isSuccess) && !isSuccess(record.beyond), "creates that were refused");
      const exchange = record.afterRefusals;
      return statusOf(exchange) === 429
        ? withoutExcuse(exchange, "refused creates keep the place that a kill freed")
        : undefined;
    },
  }),
  quotaLaw({
    id: "opencomputer/create/quota-crowd",
    requirement: "MUST",
    statement: "give no more places to many creates at once than there are",
    source: full,
    judge: (record) => {
      needsFull(record);
      const { afterExpiry = record.afterRefusals } = record;
      needs([record.afterRefusals, afterExpiry].every(isSuccess) && !isSuccess(record.beyond), "a quota that is kept");
      const given = record.crowd.filter(isSuccess);
      if (given.length <= record.room) return undefined;
      const running = listedRunning(record.crowded).length;
      const reason = `${record.crowd.length} creates at once found ${given.length} places where ${record.room} were free; ${running} of ${record.limit} run`;
      return { reason, exchange: given.at(-1)! };
    },
  }),
  quotaLaw({
    id: "opencomputer/create/quota-of-others",
    requirement: "MUST",
    statement: "count the sandboxes of each organisation by themselves",
    source: full,
    needs: ["second-key"],
    judge: (record) => {
      needsFull(record);
      const exchange = record.elsewhere;
      return exchange !== undefined && statusOf(exchange) === 429
        ? withoutExcuse(exchange, "another organisation's sandboxes took the places")
        : undefined;
    },
  }),
];

/**
 * Judged after all others: what they ended may have kept its place, and then every create is refused, which no other law
 * takes for more than a full account. Where none was refused, it asks for nothing.
 */
export const freePlaceLaw: Law = {
  id: "opencomputer/create/free-place",
  requirement: "MUST",
  statement: "refuse no create for the quota while places are free",
  source: full,
  operations: ["createSandbox", "listSandboxes"],
  needs: ["memory"],
  isAboutQuota: true,
  isAfterOthers: true,
  sandboxes: noSandboxes,
  check: async (run) => {
    if (run.inputs.quota === undefined) return undefined; // no refusal has told it
    const before = await list(run);
    const exchange = await sendCreate(run, { json: { timeout: 60 } });
    const limit = run.contract.create.quotaIn?.(exchange);
    if (limit === undefined) return undefined;
    const running = Math.max(...[before, await list(run)].map((each) => listedRunning(each).length));
    needs(running < limit, "a free place");
    return withoutExcuse(exchange, `${running} of ${limit} places are taken by sandboxes that are listed`);
  },
};

/** A 429 is what these laws are about, not a target that is too busy: without the exchange it is not taken for that. */
function withoutExcuse(exchange: Exchange, what: string): Breach {
  return {
    reason: `${what}: ${exchange.operation} was answered ${statusOf(exchange)} ${exchange.response.body.slice(0, 120)}`,
  };
}

/** Seen when it is judged again: the places that were not freed are still missing, though no sandbox takes them. */
function stillLost(lost: readonly Exchange[]): Breach {
  return withoutExcuse(lost[0]!, `${lost.length} places stay taken that no listed sandbox has`);
}

function needsFull({ filled, afterKill, afterHibernate }: Recorded): void {
  needs([...filled, afterKill, afterHibernate].every(isSuccess), "a quota that was filled");
}
