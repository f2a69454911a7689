import type { JsonObject } from "../../kit/law/schema.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { Deviation, StepContext, StepOutcome } from "../../kit/model/contract-model.ts";
import type { Span } from "../../kit/law/exchange.ts";
import type { SandboxState, Status, TagValues } from "./sandbox-state.ts";
import { passTime } from "./sandbox-state.ts";
import { explainStatus } from "./status-mismatch.ts";
import type { ElsewhereChange } from "./status-mismatch.ts";
import { isSame, shown } from "../../kit/model/compare.ts";
import { outcome, wrong } from "./wrong.ts";

/** Statuses of the document as the model has them; those that pass by themselves say nothing. */
const statuses: Readonly<Record<string, Status>> = {
  running: "running",
  hibernated: "hibernated",
  stopped: "stopped",
  error: "error",
  failed: "error",
};

/**
 * A sandbox as an answer shows it, read alone or in a list: whether it can be so, and what is learnt of it.
 */
export function read(
  state: SandboxState,
  entry: JsonObject,
  at: StepContext,
  elsewhere: readonly ElsewhereChange[],
): readonly StepOutcome<SandboxState>[] {
  const now = passTime(state, at.span);
  const seen = statuses[String(entry["status"])];
  const fitting = now.filter(({ status }) => status === seen || mayBecome(status, seen));
  if (fitting.length > 0) return fitting.map((each) => readMembers(settled(each, seen), entry, at));
  if (seen === undefined) return now.map((each) => readMembers(each, entry, at));
  if (state.showsAs === seen) return [readMembers(state, entry, at)];
  const why = explainStatus(state, now, seen, elsewhere);
  // It may be what it shows, or, stopped for good, show what it is not: what it does from now on tells.
  const lying = state.status === "stopped" ? [{ ...state, showsAs: seen }] : [];
  return [shownAs(state, seen), ...lying].map((each) => {
    const { next, deviations } = readMembers(each, entry, at);
    return outcome(next, why, ...deviations);
  });
}

/** A machine may be lost at any time. */
function mayBecome(status: Status, seen: Status | undefined): boolean {
  return seen === "error" && status !== "stopped" && status !== "absent";
}

/** What was seen to be right need not be suspected any more. */
function settled(state: SandboxState, seen: Status | undefined): SandboxState {
  const suspects = state.suspects.filter(({ changes }) => changes.status === undefined);
  return { ...state, status: seen ?? state.status, isSeen: true, dozed: false, suspects };
}

/** A sandbox that turned out to be in another state: from when its timeout counts is not known. */
export function shownAs(state: SandboxState, seen: Status): SandboxState {
  const { active: _, ...rest } = state;
  return { ...rest, status: seen, isSeen: true, dozed: false, suspects: [] };
}

/** How far two times of one server may be apart that should be the same, in milliseconds: it may be many machines. */
const apartMs = 5_000;

/** Members that stay the same for good, with the clause that says so. */
const fixedMembers = {
  template: "get/members-kept",
  templateID: "get/members-kept",
  sandboxDomain: "get/agrees-with-create",
  cpuCount: "get/sizes-kept",
  memoryMB: "get/sizes-kept",
} as const;

function readMembers(state: SandboxState, entry: JsonObject, at: StepContext): StepOutcome<SandboxState> {
  const isList = at.exchange.operation === "listSandboxes";
  const deviations: Deviation[] = [];
  const told = { ...state.told };
  const startedAt = entry["startedAt"];
  if (typeof startedAt === "string" && !Number.isNaN(Date.parse(startedAt))) {
    const first = told["startedAt"];
    if (typeof first === "string" && Date.parse(first) !== Date.parse(startedAt)) {
      const reason = `startedAt was ${first} and is ${startedAt}`;
      const clause = isList ? "list/agrees-with-get" : state.hasSlept ? "get/started-at-kept" : "get/started-at-fixed";
      deviations.push(wrong(clause, reason));
    } else if (first === undefined && state.createdIn !== undefined && !isWithin(startedAt, state.createdIn)) {
      deviations.push(
        wrong("get/started-at-now", `startedAt is ${startedAt}, and it was created ${spanText(state.createdIn)}`),
      );
    }
    told["startedAt"] ??= startedAt;
  }
  const end = judgeEnd(state, entry);
  if (end.endAt !== undefined) told["endAt"] = end.endAt;
  deviations.push(...end.deviations);
  for (const [name, clause] of Object.entries(fixedMembers)) {
    const value = entry[name];
    if (value === undefined || value === "" || value === 0) continue; // it is not told
    if (told[name] !== undefined && told[name] !== value) {
      deviations.push(wrong(clause, `${name} was ${shown(told[name])} and is ${shown(value)}`));
    }
    told[name] = value;
  }
  if (!isList && entry["sandboxID"] !== undefined && entry["sandboxID"] !== at.subject) {
    deviations.push(wrong("get/read-back", `it shows ${shown(entry["sandboxID"])} where ${at.subject} was asked for`));
  }
  const place = ["region", "workerID"].filter((name) => !state.hasSlept && state.status === "running" && name in entry);
  for (const name of place) {
    if (told[name] !== undefined && told[name] !== entry[name]) {
      deviations.push(wrong("get/agrees-with-create", `${name} was ${shown(told[name])} and is ${shown(entry[name])}`));
    }
  }
  const tagged = isObject(entry["tags"]) ? readTags(state, entry, "get/shows-tags") : outcome(state);
  return outcome({ ...tagged.next, told }, ...deviations, ...tagged.deviations);
}

/** When it stopped. Servers of which none was seen to keep that time tell the year 1 for good. */
function judgeEnd({ status, told, stoppedIn }: SandboxState, { endAt }: JsonObject) {
  if (typeof endAt !== "string" || !(Date.parse(endAt) > Date.parse("1900-01-01"))) return { deviations: [] };
  const reason =
    status !== "stopped" && status !== "error"
      ? `endAt is ${endAt}, and it is ${status}`
      : typeof told["endAt"] === "string" && Date.parse(told["endAt"]) !== Date.parse(endAt)
        ? `endAt was ${told["endAt"]} and is ${endAt}`
        : told["endAt"] === undefined && stoppedIn !== undefined && !isWithin(endAt, stoppedIn)
          ? `endAt is ${endAt}, and it was stopped ${spanText(stoppedIn)}`
          : undefined;
  return { endAt, deviations: reason === undefined ? [] : [wrong("get/end-told", reason)] };
}

/** Whether a time that an answer tells may be of this span. */
export function isWithin(instant: string, { fromMs, toMs }: Span): boolean {
  const ms = Date.parse(instant);
  return ms >= fromMs - apartMs && ms <= toMs + apartMs;
}

export function spanText({ fromMs, toMs }: Span): string {
  return `from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
}

/** Tags as an answer shows them. */
export function readTags(
  state: SandboxState,
  { tags, tagsLastUpdatedAt }: JsonObject,
  clause: "get/shows-tags" | "get-tags/read-back",
): StepOutcome<SandboxState> {
  const read: TagValues = Object.fromEntries(
    Object.entries(isObject(tags) ? tags : {}).map(([key, value]) => [key, typeof value === "string" ? value : "?"]),
  );
  const told = typeof tagsLastUpdatedAt === "string" || tagsLastUpdatedAt === null;
  const suspects = state.suspects.filter(({ changes }) => changes.tags === undefined);
  const next = { ...state, tags: read, ...(told ? { taggedAt: tagsLastUpdatedAt } : {}), suspects };
  if (state.tags === undefined) return outcome(next);
  if (!isSame(read, state.tags)) return outcome(next, explainTags(state, read, clause));
  const wasTold = typeof state.taggedAt === "string" && typeof tagsLastUpdatedAt === "string";
  if (wasTold && Date.parse(state.taggedAt ?? "") !== Date.parse(tagsLastUpdatedAt)) {
    const reason = `tagsLastUpdatedAt was ${String(state.taggedAt)} and is ${tagsLastUpdatedAt}, and no tags were replaced`;
    return outcome(next, wrong("get-tags/time-kept", reason));
  }
  const time = timeFault(tagsLastUpdatedAt, Object.keys(read).length);
  return time === undefined ? outcome(next) : outcome(next, wrong("get-tags/time-kept", time));
}

/** What is wrong with the time of so many tags: there is one where there are tags, in whole seconds. */
function timeFault(time: unknown, count: number): string | undefined {
  if (time === null && count > 0) return "tagsLastUpdatedAt is null though there are tags";
  if (typeof time !== "string") return undefined;
  if (count === 0) return `tagsLastUpdatedAt is ${time} though there are no tags`;
  return Date.parse(time) % 1_000 > 0 ? `tagsLastUpdatedAt is ${time}, in parts of a second` : undefined;
}

function explainTags(state: SandboxState, read: TagValues, clause: "get/shows-tags" | "get-tags/read-back"): Deviation {
  const reason = `it shows the tags ${shown(read)}, and they are ${shown(state.tags)}`;
  const suspected = state.suspects.findLast(({ changes }) => changes.tags !== undefined && isSame(changes.tags, read));
  if (suspected !== undefined) return { clause: suspected.clause, reason: `${reason}, ${suspected.what}` };
  const { tagsBefore, tags = {} } = state;
  if (tagsBefore !== undefined && isSame(read, { ...tagsBefore, ...tags })) {
    return wrong(Object.keys(tags).length === 0 ? "replace-tags/clears" : "replace-tags/replaces-all", reason);
  }
  if (tagsBefore === undefined && Object.keys(tags).length === 0) return wrong("get-tags/none-at-first", reason);
  if (state.taggedWhile !== undefined && state.taggedWhile !== "running")
    return wrong("replace-tags/any-state", reason);
  return wrong(state.hasSlept ? "get-tags/kept-over-hibernation" : clause, reason);
}

/** A list that does not show the sandbox: it need not run. */
export function readUnlisted(state: SandboxState, at: StepContext): readonly StepOutcome<SandboxState>[] {
  if (state.owner === undefined || state.owner !== at.exchange.actor) return [outcome(state)];
  const now = passTime(state, at.span);
  const asleep = now.filter(({ status }) => status !== "running");
  if (asleep.length > 0) return asleep.map((each) => outcome(each));
  const early = { ...explainStatus(state, now, "hibernated", []), weight: 1.5 };
  return [
    outcome(state, wrong("list/read-back", `the list lacks ${at.subject}, which runs`, 2)),
    ...(state.status === "running" ? [outcome(shownAs(state, "hibernated"), early)] : []),
  ];
}
