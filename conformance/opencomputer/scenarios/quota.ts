import type { ApiCall } from "../../kit/law/call.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { TransientFailure, Unjudged } from "../../kit/law/unjudged.ts";
import { inAttempts } from "../../kit/run/attempts.ts";
import { sendCreate } from "../attempt.ts";
import { act, get, kill, list } from "../calls.ts";
import { nameNow, runIn } from "../laws/inside.ts";
import { undefinedIfNotSent } from "../plain-call.ts";
import { createPreviewClient } from "../preview-client.ts";
import { listedRunning, membersOf, stateIn } from "../readings.ts";
import { defineScenario } from "../../kit/law/families/scenario.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import { brokenBuilds } from "./refusals.ts";

const json = { timeout: 60 };
/** Longer than what passes until one with the usual timeout sleeps. */
const lasting = { timeout: 3_600 };
const asleepMs = 65_000;

/** The most sandboxes that the scenario makes to fill a quota, however large the budget. */
const fillMax = 50;

/** How many creates more than there is room for are sent at once, and how many places are free then. */
const freed = 2;
const surplusMax = 3;

/**
 * An organisation that fills its quota, frees a place in each way that there is, and asks for more than there is room
 * for, one after the other and all at once.
 */
export const quota = defineScenario({
  name: "quota",
  creates: 12,
  keeps: "play",
  play: async (run, again) => {
    const limit = run.inputs.quota ?? 0;
    const busy = listedRunning(await list(run)).length;
    const free = limit - busy;
    if (free <= freed || free > fillMax) {
      throw new Unjudged(
        "input-missing",
        `${busy} of ${limit} places are taken: it needs ${freed + 1} to ${fillMax} free ones`,
      );
    }
    const surplus = affordableSurplus(run, { limit, free });
    const own: string[] = [];
    const create = (body: JsonObject = run.time.controlled ? lasting : json) =>
      tryCreate(run, { own, busy, json: body });
    try {
      const filled = await inTurn(free, () => create());
      // What the first play saw is a place that stays taken: the second one finds it missing from the start.
      const lost = again ? filled.filter((exchange) => exchange.response.status === 429) : [];
      const [killed] = own.splice(0, 1);
      await kill(run, ...(killed === undefined ? [] : [killed, killed])); // the second kill frees no place
      const afterKill = await create();
      const hibernated = own.splice(0, 1);
      for (const id of hibernated) await act(run, "hibernateSandbox", id);
      const afterHibernate = await create(json);
      await kill(run, ...hibernated); // it frees no place, having none
      const beyond = await create();
      const forked = await forkBeyond(run, own);
      const woken = await createBesideWoken(run, own, create);
      const elsewhere = await createElsewhere(run);
      await kill(run, ...own.splice(0, 1));
      const broken = [];
      for (const refused of [{ json: { timeout: -1 } }, ...brokenBuilds]) {
        const exchange = await sendCreate(run, { ...refused, refusable: true });
        if (run.contract.create.isRefusal?.(exchange) !== true) broken.push(exchange);
      }
      const afterRefusals = await create();
      const mayExpire =
        run.time.controlled && unaffordable(run, { creates: 1 + freed + surplus, alive: 1 }) === undefined;
      const afterExpiry = mayExpire ? await createAfterExpiry(run, create) : undefined;
      const sleeper = own.indexOf(String(membersOf(afterHibernate)["sandboxID"]));
      if (mayExpire && sleeper >= 0) await kill(run, ...own.splice(sleeper, 1));
      await kill(run, ...own.splice(0, freed));
      // More are free where one ended that the run lost sight of.
      const room = Math.max(freed, limit - listedRunning(await list(run)).length);
      const crowd = await run.together(
        Array.from({ length: freed + surplus - (mayExpire && surplus > 1 ? 1 : 0) }, () => () => create()),
      );
      const crowded = await list(run);
      return {
        limit,
        lost,
        filled,
        afterKill,
        afterHibernate,
        beyond,
        forked,
        woken,
        elsewhere,
        broken,
        afterRefusals,
        afterExpiry,
        room,
        crowd,
        crowded,
      };
    } finally {
      await kill(run, ...own);
    }
  },
});

/**
 * How many creates more than there is room for the run may send at once. No place is filled unless the run may make all
 * that it takes: what fills them, what the places that are freed are given to, and the whole crowd, since a target that keeps
 * no quota lets all of it in.
 */
function affordableSurplus(run: LawRun, places: { readonly limit: number; readonly free: number }): number {
  const { limit, free } = places;
  for (let surplus = surplusMax; ; surplus -= 1) {
    const refused = unaffordable(run, { creates: free + 5 + freed + surplus, alive: free + surplus });
    if (refused === undefined) return surplus;
    if (surplus > 1) continue;
    const { skipCause, message, flag } = refused;
    const reason = `to fill the ${free} free places of ${limit}, ${message}`;
    throw new Unjudged(skipCause, reason, flag === undefined ? {} : { flag });
  }
}

function unaffordable(run: LawRun, cost: Parameters<LawRun["assertAffordable"]>[0]): Unjudged | undefined {
  try {
    run.assertAffordable(cost);
    return undefined;
  } catch (error) {
    if (error instanceof Unjudged) return error;
    throw error;
  }
}

async function inTurn(times: number, step: () => Promise<Exchange>): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = [];
  for (let time = 0; time < times; time += 1) exchanges.push(await step());
  return exchanges;
}

/**
 * A create that may well be refused. Too small a budget for it is something to be said, not a fault.
 *
 * @throws {@link TransientFailure} where one that got no answer holds a place: then nothing that follows says what it should
 */
async function tryCreate(
  run: LawRun,
  { own, busy, json }: { readonly own: string[]; readonly busy: number; readonly json: JsonObject },
): Promise<Exchange> {
  let mayHaveMade = false;
  const exchange = await inAttempts(() => run.send({ operation: "createSandbox", json }).catch(note)).catch(orBudget);
  const { sandboxID } = membersOf(exchange);
  if (isSuccess(exchange) && typeof sandboxID === "string") own.push(sandboxID);
  if (mayHaveMade && listedRunning(await list(run)).length > busy + own.length)
    throw new TransientFailure("a create that got no answer holds a place");
  return exchange;

  function note(error: unknown): never {
    mayHaveMade ||= error instanceof TransientFailure && error.exchange?.response.status !== 429;
    throw error;
  }
  function orBudget(error: unknown): never {
    if (!(error instanceof Unjudged) || error.skipCause !== "budget") throw error;
    throw new Unjudged("input-missing", `filling the quota takes more than the run may make: ${error.message}`);
  }
}

/** Asks for a sandbox from a checkpoint of one that runs, where there is no place for it. Undefined where that cannot be asked. */
async function forkBeyond(run: LawRun, [id]: readonly string[]): Promise<Exchange | undefined> {
  if (id === undefined) return undefined;
  const send = (call: ApiCall) => run.send(call).catch(undefinedIfAnswered);
  const made = await send({ operation: "createCheckpoint", path: { id }, json: { name: nameNow(run) } });
  const { id: checkpointId } = made === undefined ? {} : membersOf(made);
  if (typeof checkpointId !== "string" || stateIn(await get(run, id)) !== "running") return undefined;
  const forked = await send({ operation: "forkCheckpoint", path: { checkpointId }, json, refusable: true });
  await endMade(run, forked);
  await send({ operation: "deleteCheckpoint", path: { id, checkpointId } });
  return forked;
}

/** What a target cannot do just now is no hindrance to the rest. */
function undefinedIfAnswered(error: unknown): undefined {
  if (error instanceof TransientFailure && error.exchange !== undefined) return undefined;
  throw error;
}

/** Ways in which a sandbox comes to run that hibernates. */
const wakes: Readonly<Record<string, (run: LawRun, id: string) => Promise<unknown>>> = {
  "by a request to its preview": (run, id) => createPreviewClient(run, id).send({}),
  "by a command": (run, id) => runIn(run, id, "true").catch(undefinedIfNotSent),
  "by request": (run, id) => act(run, "wakeSandbox", id),
};

/** One sleeps and wakes again, in each way: it runs, so that all places are taken as before, and a create finds none. */
async function createBesideWoken(run: LawRun, [id]: readonly string[], create: () => Promise<Exchange>) {
  const woken = [];
  for (const [how, wake] of Object.entries(id === undefined ? {} : wakes)) {
    await act(run, "hibernateSandbox", id);
    await wake(run, id!);
    const reading = await get(run, id!);
    if (stateIn(reading) === "running") {
      const exchange = await create();
      woken.push({ how, exchange });
      await endMade(run, exchange);
    } else {
      await act(run, "wakeSandbox", id);
    }
  }
  return woken;
}

/** What is made where there is no place for it is ended at once, so that the places are taken as before. */
async function endMade(run: LawRun, exchange: Exchange | undefined): Promise<void> {
  const { sandboxID } = exchange === undefined ? {} : membersOf(exchange);
  if (typeof sandboxID === "string") await kill(run, sandboxID);
}

/** One asks for a place once another sleeps because its time is up. */
async function createAfterExpiry(run: LawRun, create: () => Promise<Exchange>): Promise<Exchange> {
  await run.time.pass(asleepMs);
  return create();
}

/** The other organisation, if there is one, asks for a sandbox while the first has no place left. */
async function createElsewhere(run: LawRun): Promise<Exchange | undefined> {
  try {
    const exchange = await sendCreate(run, { json, credentials: "other" });
    const { sandboxID } = membersOf(exchange);
    if (typeof sandboxID === "string") await act(run, "killSandbox", sandboxID, { credentials: "other" });
    return exchange;
  } catch (error) {
    if (error instanceof Unjudged && error.skipCause === "input-missing") return undefined;
    throw error;
  }
}
