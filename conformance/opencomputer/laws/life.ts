import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { answered, answerTo, entryIn, isListedRunning, listedIds, membersOf, stateIn } from "../readings.ts";
import { inputs } from "../scenarios/inputs.ts";
import { life } from "../scenarios/life.ts";
import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import { pointer } from "../operations.ts";
import { modelLaws } from "./model-laws.ts";

const startedAt = "#/components/schemas/Sandbox/properties/startedAt";

/** What becomes of a sandbox from its creation to its end, and that all readings of it agree. */
export const lifeLaws: readonly Law[] = [
  ...modelLaws(life, {
    "get/agrees-with-create": [
      "SHOULD",
      "tell the same region, worker and domain when a sandbox is read as when it was created",
      pointer("getSandbox", "responses", "200"),
      ["getSandbox", "createSandbox"],
    ],
  }),
  scenarioLaw({
    id: "opencomputer/list/agrees-with-get",
    requirement: "SHOULD",
    statement: "tell the same of a sandbox in the list as when it is read alone",
    source: pointer("listSandboxes", "responses", "200"),
    operations: ["listSandboxes", "getSandbox"],
    scenario: life,
    judge: ({ id, running }) => {
      const entry = entryIn(answerTo(running, "listSandboxes", 1), id);
      needs(entry !== undefined, "the sandbox in the list");
      const members = ["status", "startedAt", "region", "workerID", "template", "tags", "tagsLastUpdatedAt"];
      return disagreement(entry, answerTo(running, "getSandbox", 1), members);
    },
  }),
  ...modelLaws(life, {
    "get/started-at-now": [
      "SHOULD",
      "tell the time of the create as startedAt, neither an earlier one nor one in the future",
      startedAt,
      ["getSandbox", "createSandbox", "replaceSandboxTags"],
    ],
  }),
  scenarioLaw({
    id: "opencomputer/get/started-at-kept",
    requirement: "SHOULD",
    statement: "tell the same startedAt over hibernation, wake and kill",
    source: startedAt,
    operations: ["getSandbox", "hibernateSandbox", "wakeSandbox", "killSandbox"],
    scenario: life,
    judge: ({ running, ...after }) => {
      const first = membersOf(answerTo(running, "getSandbox"))["startedAt"];
      const later = [after.hibernated, after.awake, after.stopped]
        .map((exchanges) => answerTo(exchanges, "getSandbox"))
        .filter(isSuccess);
      const exchange = later.find((reading) => membersOf(reading)["startedAt"] !== first);
      if (exchange === undefined) return undefined;
      const second = String(membersOf(exchange)["startedAt"]);
      return { reason: `startedAt was ${String(first)} at first and ${second} later`, exchange };
    },
  }),
  ...modelLaws(life, {
    "hibernate/hibernates": [
      "MUST",
      "hibernate a sandbox when it says so: it is read as hibernated",
      pointer("hibernateSandbox", "responses", "200"),
      ["hibernateSandbox", "getSandbox"],
    ],
  }),
  scenarioLaw({
    id: "opencomputer/list/running-only",
    requirement: "SHOULD",
    statement: "list running sandboxes only: not one that hibernates",
    source: pointer("listSandboxes", "responses", "200"),
    operations: ["listSandboxes", "hibernateSandbox"],
    scenario: life,
    judge: ({ id, hibernated }) => {
      needs(stateIn(answerTo(hibernated, "getSandbox")) === "hibernated", "a hibernated sandbox");
      const exchange = answerTo(hibernated, "listSandboxes");
      return listedIds(exchange).includes(id) ? { reason: `${id} hibernates, yet it is listed`, exchange } : undefined;
    },
  }),
  ...modelLaws(life, {
    "hibernate/sleeps-on": [
      "SHOULD",
      "leave a hibernated sandbox asleep while it is read, tagged, given a timeout and a new preview token",
      pointer("setSandboxTimeout"),
      ["getSandbox", "replaceSandboxTags", "setSandboxTimeout", "rotatePreviewToken"],
    ],
  }),
  scenarioLaw({
    id: "opencomputer/wake/runs-again",
    requirement: "SHOULD",
    statement: "run a sandbox again when it says that it woke: it is read and listed as running",
    source: pointer("wakeSandbox", "responses", "200"),
    operations: ["wakeSandbox", "getSandbox", "listSandboxes"],
    scenario: life,
    judge: ({ id, hibernated, awake }) => {
      needsSuccess(answerTo(hibernated, "wakeSandbox"));
      const asleep = judgeState(answerTo(awake, "getSandbox"), "running", "it was woken");
      const exchange = answerTo(awake, "listSandboxes");
      if (asleep !== undefined || isListedRunning(exchange, id)) return asleep;
      return { reason: `${id} was woken, yet the list does not show that it runs`, exchange };
    },
  }),
  scenarioLaw({
    id: "opencomputer/wake/refusal-changes-nothing",
    requirement: "MAY",
    statement: "leave a running sandbox running when it refuses to wake it",
    source: pointer("wakeSandbox", "responses", "404"),
    operations: ["wakeSandbox", "getSandbox"],
    scenario: life,
    judge: ({ running }) =>
      judgeState(answerTo(running, "getSandbox", -1), "running", "it ran, and was only to be woken"),
  }),
  scenarioLaw({
    // A killed sandbox that runs on costs money.
    id: "opencomputer/kill/final",
    requirement: "MUST",
    statement: "never bring a killed sandbox back, whatever is asked of it afterwards",
    source: pointer("killSandbox"),
    operations: ["killSandbox", "wakeSandbox", "hibernateSandbox", "setSandboxTimeout", "getSandbox", "listSandboxes"],
    scenario: life,
    judge: ({ id, awake, stopped }) => {
      needsSuccess(answerTo(awake, "killSandbox"));
      const fooled = [answerTo(stopped, "wakeSandbox"), answerTo(stopped, "hibernateSandbox")].find(isSuccess);
      if (fooled !== undefined) return { reason: `${answered(fooled)} on a killed sandbox`, exchange: fooled };
      const isListed = isListedRunning(answerTo(stopped, "listSandboxes"), id);
      const wasDead = stateIn(answerTo(stopped, "getSandbox")) !== "running" && !isListed;
      needs(wasDead, "a killed sandbox that does not run"); // else it was never stopped, which is another law
      return judgeGone(id, answerTo(stopped, "getSandbox", -1), answerTo(stopped, "listSandboxes", -1));
    },
  }),
  scenarioLaw({
    id: "opencomputer/kill/reads-stopped",
    requirement: "SHOULD",
    statement: "read a killed sandbox as stopped",
    source: pointer("killSandbox"),
    operations: ["killSandbox", "getSandbox"],
    scenario: life,
    judge: ({ awake, stopped }) => {
      needsSuccess(answerTo(awake, "killSandbox"));
      const exchange = answerTo(stopped, "getSandbox");
      if (stateIn(exchange) === "running") return undefined; // what opencomputer/kill/stops is about
      return judgeState(exchange, "stopped", "it was killed");
    },
  }),
  scenarioLaw({
    id: "opencomputer/kill/hibernated",
    requirement: "MUST",
    statement: "stop a hibernated sandbox that was killed: it cannot be woken any more",
    source: pointer("killSandbox"),
    operations: ["killSandbox", "hibernateSandbox", "wakeSandbox", "getSandbox"],
    scenario: inputs,
    judge: ({ id, ending: { hibernatedAgain, killed, got, woken, gotLater, listed } }) => {
      needsSuccess(hibernatedAgain);
      needsSuccess(killed);
      if (isSuccess(woken)) return { reason: `${id} hibernated, was killed, and woke all the same`, exchange: woken };
      if (stateIn(got) === "hibernated")
        return { reason: `${id} was killed, yet it reads as hibernated`, exchange: got };
      needs(stateIn(got) !== "running", "a killed sandbox that does not run");
      return judgeGone(id, gotLater, listed);
    },
  }),
];

function judgeState(exchange: Exchange, state: string, because: string): Breach | undefined {
  const seen = stateIn(exchange);
  if (seen === state) return undefined;
  const seenState = seen === undefined ? answered(exchange) : `it is read as ${seen}`;
  return { reason: `${because}, yet ${seenState}, not ${state}`, exchange };
}

function judgeGone(id: string, reading: Exchange, list: Exchange): Breach | undefined {
  const state = stateIn(reading);
  if (state === "running" || state === "hibernated") {
    return { reason: `${id} was killed, yet it is read as ${state} later`, exchange: reading };
  }
  return isListedRunning(list, id)
    ? { reason: `${id} was killed, yet it is listed as running later`, exchange: list }
    : undefined;
}

/** Members that both sides tell have to be the same. */
function disagreement(
  told: Readonly<Record<string, unknown>>,
  exchange: Exchange,
  members: readonly string[],
): Breach | undefined {
  const read = membersOf(exchange);
  const member = members.find(
    (name) => told[name] !== undefined && read[name] !== undefined && !isSame(told[name], read[name]),
  );
  if (member === undefined) return undefined;
  const [first, second] = [JSON.stringify(told[member]), JSON.stringify(read[member])];
  return { reason: `${member} is ${first} in one answer and ${second} in the other`, exchange };
}

/** Times may be written with more or fewer digits; members of objects come in any order. */
function isSame(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: unknown): string {
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return String(Math.floor(Date.parse(value) / 1000));
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  return JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
