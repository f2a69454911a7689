import { strict as assert } from "node:assert";
import { inAttempts } from "./attempts.ts";
import type { RunContract } from "../law/contract.ts";
import { isEnvironmental, answerText } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import { judgeCases } from "../input/judge-cases.ts";
import { isAboutQuota } from "../law/law.ts";
import type { Law } from "../law/law.ts";
import { hasNeed } from "./unmet-precondition.ts";
import type { LawRun, RunTime } from "../law/law-run.ts";
import { noteKeywords } from "./coverage.ts";
import { deriveHex, deriveSeed } from "../input/seed.ts";
import { releasing } from "../money/cleanup.ts";
import { readScenario, sharedSandbox } from "./scenario.ts";
import type { ScenarioStore } from "./scenario.ts";
import { sharedPurpose } from "./session-parts.ts";
import type { SessionParts } from "./session-parts.ts";
import type { ApiCall, Credentials, Created } from "../law/call.ts";
import type { Sender } from "./transport.ts";
import { isLivedWith } from "./waiver.ts";
import { Unjudged, TransientFailure } from "../law/unjudged.ts";

/** A law's way to the target, with what was said on it. */
export type TracedRun = {
  readonly run: LawRun;
  readonly exchanges: readonly Exchange[];
  /** How long its requests were delayed, because of transient failures, in milliseconds. */
  readonly delayedMs: () => number;
};

/** How much of a long check is kept: its beginning tells little, its end led to the breach. */
const exchangesMax = 40;

/**
 * Creates what a check is given.
 *
 * @param window - what laws share that are set up together
 */
export function createLawRun(
  parts: SessionParts,
  law: Law,
  replay: string | undefined,
  window: ScenarioStore = new Map(),
): TracedRun {
  const { contract, transport, previews, seed, absentIds, budget, steady } = parts;
  const time = parts.concurrency > 1 && parts.beside.has(law) ? unmoved(parts.time) : parts.time;
  const exchanges: Exchange[] = [];
  let shrinking = false;
  let delayedMs = 0;
  const sent = new Set<Exchange>();
  const expects = (exchange: Exchange) => isExpected(law, contract, exchange);
  const sender = (): Sender => ({ purpose: law.id, shrinking, expects });
  const keep = (exchange: Exchange): Exchange => {
    delayedMs += exchange.delayedMs ?? 0;
    exchanges.push(exchange);
    if (exchanges.length > exchangesMax) exchanges.shift();
    return exchange;
  };
  const send = async (call: ApiCall) => {
    await parts.lists.settle(call.operation);
    const answered = await transport.send(call, sender());
    const row = await steady.note(call, answered, law.id);
    const exchange = keep(row.length === 0 ? answered : { ...answered, isSteady: true });
    for (const before of row.slice(0, -1))
      if (exchanges.includes(before)) exchanges.splice(exchanges.indexOf(before), 1);
    sent.add(exchange);
    if (isEnvironmental(exchange) && !expects(exchange)) throw transientFailureIn(exchange, contract);
    return exchange;
  };
  const create = (body: unknown, credentials: Credentials = "own") =>
    createSandbox(contract, () => send({ operation: contract.create.operation, json: body, credentials }));
  const absentId = () => {
    const id = contract.absentId(deriveHex(seed, law.id, 16));
    absentIds.add(id);
    return id;
  };
  /** What was said in an attempt that failed led to no breach. */
  const attempt = <Value>(once: () => Promise<Value>) => {
    const before = [...exchanges];
    return inAttempts(() => {
      exchanges.splice(0, exchanges.length, ...before);
      return releasing(parts.ledger, transport, law.id, once);
    });
  };
  const run: LawRun = {
    contract,
    send,
    sharedSandbox: async (index = 0) => {
      assert(index < law.sandboxes.shared, `${law.id} says that it shares ${law.sandboxes.shared} sandboxes`);
      return (await run.play(sharedSandbox(index))).record;
    },
    play: async (scenario) => {
      let isOwn = false;
      const play = async (again: boolean) => {
        isOwn = true;
        const beforeMs = delayedMs;
        const lent =
          scenario.keeps === "run" ? createLawRun(parts, { ...law, id: sharedPurpose }, undefined) : undefined;
        const once = () => scenario.play(lent?.run ?? run, again);
        const record = await (scenario.keeps === "play" ? attempt(once) : once());
        return { record, atMs: time.now(), exchanges: lent?.exchanges ?? [], delayedMs: delayedMs - beforeMs };
      };
      const store = scenario.keeps === "window" ? window : parts.scenarios;
      const shared = await readScenario(store, scenario, { reader: law.id, nowMs: time.now, play });
      if (!isOwn) delayedMs += shared.delayedMs;
      for (const exchange of shared.exchanges) if (!exchanges.includes(exchange)) keep(exchange);
      return shared;
    },
    freshSandbox: async () => {
      assert(law.sandboxes.fresh > 0, `${law.id} says that it takes no fresh sandbox`);
      return (await create(contract.create.body)).id;
    },
    create,
    strays: async () => {
      await transport.creates.settle();
      if (!transport.account.isReadable()) return undefined;
      return transport.creates.strays().filter(({ exchange }) => sent.has(exchange));
    },
    hasMade: (id) => parts.ledger.find(id)?.purpose === law.id,
    absentId,
    unknownKey: () => `unknown-${deriveHex(seed, law.id, 24)}`,
    inputs: parts.inputs(),
    has: (need) => hasNeed(need, law, parts),
    time,
    preview: async (call) => {
      transport.assertOwn(call.id, "preview");
      await transport.admit();
      return keep(await transport.sendPreview(() => previews.send(call, law.id)));
    },
    previewSocket: async (call) => {
      transport.assertOwn(call.id, "preview");
      await transport.admit();
      return transport.connectPreview(() => previews.connect(call, law.id));
    },
    receive: parts.receivers.open,
    assertAffordable: (cost) => assertAffordable(parts, cost),
    together,
    beside: parts.lanes.beside,
    noteExplored: parts.coverage.explored,
    judgeCases: (cases, judge) => {
      const judgeNoted = (value: Parameters<typeof judge>[0]) => {
        noteKeywords(parts.coverage, law, value);
        return attempt(() => judge(value));
      };
      return judgeCases(cases, judgeNoted, {
        seed: deriveSeed(seed, law.id),
        path: replay,
        counterexample: parts.counterexample,
        shrinksMax: replay === undefined && !isLivedWith(law, parts.waivers, parts.clock.now()) ? parts.shrinksMax : 0,
        onShrinking: () => void (shrinking = true),
      });
    },
    spare: () => budget.spare(law.id),
    seed: deriveSeed(seed, law.id),
  };
  return { run, exchanges, delayedMs: () => delayedMs };
}

/** The time of a law beside which others are judged: it moves the clock for none of them. */
function unmoved(time: RunTime): RunTime {
  return {
    now: time.now,
    pass: time.pass,
    controlled: false,
    get skewMs() {
      return time.skewMs;
    },
    get uncertaintyMs() {
      return time.uncertaintyMs;
    },
  };
}

/**
 * A law about the quota wants to see it refused; to every other law "not now" says nothing, nor does what follows it. Who
 * only says when to come back, and not what is full, means the rate of requests.
 */
function isExpected(law: Law, { create }: RunContract, exchange: Exchange): boolean {
  const { status, headers } = exchange.response;
  const isCreate = [create.operation, ...(create.others ?? [])].includes(exchange.operation);
  if (status !== 429 || !isAboutQuota(law) || !isCreate) return false;
  return headers["retry-after"] === undefined || create.quotaIn?.(exchange) !== undefined;
}

/** Makes a sandbox, or ends the check: a create that fails is the business of the laws about creating. */
async function createSandbox(contract: RunContract, send: () => Promise<Exchange>): Promise<Created> {
  const exchange = await send();
  const { status, json } = exchange.response;
  const { operation, idsIn } = contract.create;
  if (isEnvironmental(exchange)) throw transientFailureIn(exchange, contract);
  const id = idsIn(exchange)[0];
  if (id === undefined) throw new Unjudged("no-sandbox", `${operation} answered ${status} without a sandbox id`);
  return { id, exchange, json };
}

/** A transient failure that the target reports: it says "not now". */
function transientFailureIn(exchange: Exchange, { create }: RunContract): TransientFailure {
  const quota = create.quotaIn?.(exchange);
  const hint = quota === undefined ? "" : `: all ${quota} places are taken; end some, or lower --max-alive`;
  return new TransientFailure(`a transient failure: ${answerText(exchange)}${hint}`, { exchange });
}

function assertAffordable(
  { budget, ledger, limits: { aliveMax } }: SessionParts,
  { creates, alive }: { readonly creates: number; readonly alive: number },
): void {
  const createsMissing = creates - budget.left().creates;
  const aliveNeeded = alive + ledger.mayRunCount();
  if (createsMissing <= 0 && aliveNeeded <= aliveMax) return;
  const flags = [
    ...(createsMissing > 0 ? [`--max-creates ${budget.createsMax() + createsMissing}`] : []),
    ...(aliveNeeded > aliveMax ? [`--max-alive ${aliveNeeded}`] : []),
  ];
  const reason = `it makes up to ${creates} sandboxes, ${alive} at once, which is more than the run may make`;
  throw new Unjudged("input-missing", reason, { flag: flags.join(" ") });
}

/** Ends what these laws have made, with creates that were refused as well. */
export async function release({ ledger, transport }: SessionParts, laws: readonly Law[]): Promise<void> {
  await transport.creates.settle();
  const ids = new Set(laws.map(({ id }) => id));
  await transport.release(ledger.alive().filter(({ purpose }) => ids.has(purpose)));
}

/** All end before the first failure is told, so that nothing is under way any more when a law is over. */
async function together<Value>(calls: readonly (() => Promise<Value>)[]): Promise<readonly Value[]> {
  const settled = await Promise.allSettled(calls.map((call) => call()));
  return settled.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}
