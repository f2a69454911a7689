import type { Breach } from "../law/case.ts";
import type { Exchange } from "../law/exchange.ts";
import { isEnvironmental, isSuccess } from "../law/exchange.ts";
import type { LawRun } from "../law/law-run.ts";
import type { ApiCall, Credentials, PreviewCall } from "../law/call.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";
import type { ClauseBreach, ObservedExchange } from "../model/observed-exchange.ts";
import type { CoverageTable } from "./coverage-table.ts";
import type { Addressed, Explorable, Explored, ExploredBreach, Explorer, Tracker } from "./exploration.ts";
import type { ExploredCall, Visit } from "./explored-call.ts";

/** So many refused requests are sent before it is looked at what they have changed: as many as a model suspects. */
const unlookedMax = 4;
/** So many requests in a row without an answer end it. */
const silentMax = 4;

/** So often is a request sent that the server fails at. */
const sendsMax = 4;

/** How much time passes between two steps where it can be moved, in milliseconds: more than two times of one moment may be apart. */
const stepMs = 7_000;

/** So many breaches are kept. */
const foundMax = 1_000;

/** A request, as the model is told of it, with what was answered. */
type Answered = { readonly observed: ObservedExchange; readonly exchange: Exchange | undefined };

/** One way to look at one of them. */
type Look = readonly [sandbox: Explored, view: ApiCall];

/** Thrown when as many requests were sent as may be, or what was looked for is found. */
export class Enough extends Error {}

/** Creates an explorer that has sent nothing. */
export function createExplorer(
  run: LawRun,
  explorable: Explorable,
  {
    table,
    max,
    isEnough,
  }: {
    readonly table: CoverageTable;
    readonly max: { readonly requests: number; readonly waitedMs: number };
    readonly isEnough: (found: ExploredBreach) => boolean; // what ends it
  },
): Explorer {
  const tracker: Tracker = explorable.createTracker();
  const views = explorable.views(run.contract.operations);
  const glancesOf = (explored: Explored) => [...views, ...(explorable.glances?.(explored) ?? [])];
  const sandboxes: Explored[] = [];
  const routes = new Map<string, Map<string, string>>();
  let requests = 0;
  let waitedMs = 0;
  let silent = 0;
  let unlooked = 0;
  const found: ExploredBreach[] = [];
  /** The sandbox that something was done to last. */
  let acted: string | undefined;
  let turn = 0;
  let glances = 0;
  /** The state in which time has passed last. */
  let passed = "";
  let hasSockets = true;
  let last: { readonly call: ExploredCall; readonly id: string } | undefined;
  /** What was answered of requests that are under way at once: the model is told of all of them together. */
  let atOnce: Answered[] | undefined;
  /** Until when it was waited for answers. */
  let waitedUntilMs = -Infinity;
  let otherForm: ApiCall["form"];

  const note = (breach: ExploredBreach) => {
    found.push(breach);
    if (isEnough(breach)) throw new Enough();
  };
  /** A list shows sandboxes of others, and what they do to them is not sent here. */
  const isOfOurs = ({ subject }: ClauseBreach) =>
    subject === undefined || !run.contract.isId(subject) || run.hasMade(subject);
  const noteAll = (wrong: readonly ClauseBreach[], answered: readonly Answered[] = []) => {
    for (const { clause, subject, reason, exchange } of wrong.filter(isOfOurs).slice(0, foundMax - found.length)) {
      const isBeside = subject !== undefined && acted !== undefined && subject !== acted;
      const seen = answered.find(({ observed }) => observed.number === exchange.number) ?? answered.at(-1);
      note({ clause, isBeside, breach: breachOf(reason, seen?.exchange) });
    }
  };
  const tell = (answered: readonly Answered[]) =>
    noteAll(tracker.take(answered.map(({ observed }) => observed)), answered);
  /** Sends, and tells the model. What gets no answer, or one that says "not now", is taken for done or not done. */
  const follow = async (
    about: Pick<ObservedExchange, "actor" | "isAnonymous" | "operation" | "path">,
    send: () => Promise<Exchange>,
    sent = requestOf({}),
  ): Promise<Exchange | undefined> => {
    if (requests >= max.requests || waitedMs > max.waitedMs) throw new Enough();
    const number = (requests += 1);
    const sentAtMs = run.time.now();
    const exchange = await send().catch((error: unknown) => {
      if (!(error instanceof TransientFailure) || (silent += 1) > silentMax) throw error;
      return error.exchange;
    });
    if (exchange !== undefined) silent = 0;
    const answeredAtMs = run.time.now();
    const { durationMs = answeredAtMs - sentAtMs, delayedMs = 0 } = exchange ?? {};
    // Time in which several were under way counts once.
    waitedMs += Math.max(0, answeredAtMs - Math.max(waitedUntilMs, answeredAtMs - durationMs - delayedMs));
    waitedUntilMs = Math.max(waitedUntilMs, answeredAtMs);
    const observed: ObservedExchange = {
      ...about,
      ...{ number, sentBefore: requests, sentAtMs, answeredAtMs, response: exchange?.response },
      request: exchange?.request ?? sent,
    };
    if (atOnce !== undefined) atOnce.push({ observed, exchange });
    else tell([{ observed, exchange }]);
    return exchange;
  };
  /** Sends several, and tells the model of all of them together. */
  const sendMany = async (send: () => Promise<readonly (Exchange | undefined)[]>) => {
    const answered: Answered[] = (atOnce = []);
    const exchanges = await send().finally(() => (atOnce = undefined));
    tell(answered);
    return exchanges;
  };
  /** Looks in some ways: side by side, since none of them changes anything. */
  const lookAt = async (looks: readonly Look[]) =>
    void (await sendMany(() =>
      run.beside(
        looks.map(
          ([sandbox, view]) =>
            () =>
              send(sandbox, view),
        ),
      ),
    ));
  const sendAs = async ({ operation, path = {}, ...call }: ApiCall, by: "own" | "other") => {
    const credentials = credentialsFor(by, call.credentials);
    const actor = typeof credentials === "string" && credentials !== "none" ? credentials : undefined;
    const isAnonymous = credentials === "none";
    const about = { actor, isAnonymous, operation, path };
    const form = otherForm !== undefined && requests % 2 === 0 ? { form: otherForm } : {};
    const send = () => run.send({ ...form, ...call, operation, path, credentials });
    const exchange = await follow(about, send, requestOf(call));
    await followUp(exchange, by);
    return exchange;
  };
  const followUp = async (exchange: Exchange | undefined, by: "own" | "other") => {
    for (const { afterMs, call } of exchange === undefined ? [] : (explorable.follow?.(exchange) ?? [])) {
      if (afterMs > 0 && !run.time.controlled) break;
      await pass(afterMs);
      await sendAs(call, by);
    }
  };
  const pass = async (ms: number) => {
    if (run.time.controlled && ms > 0) await run.time.pass(ms);
  };
  const send = (explored: Explored, { operation, ...call }: ApiCall) => {
    const addressed = explorable.address(explored, operation, call);
    return addressed === undefined ? Promise.resolve(undefined) : sendAs({ operation, ...addressed }, explored.by);
  };
  const visit = async ({ id }: Explored, { isUpgrade = false, ...call }: Visit) => {
    if (!run.has("preview-route") || (isUpgrade && !hasSockets)) return undefined;
    const path = { id, port: String(call.port ?? 3000) };
    const send = () => (isUpgrade ? upgrade({ ...call, id }) : run.preview({ ...call, id }));
    const exchange = await follow({ actor: undefined, operation: "preview", path }, send).catch((error: unknown) => {
      if (!isUpgrade || !(error instanceof Unjudged) || error.skipCause !== "input-missing") throw error;
      return undefined;
    });
    if (isUpgrade && exchange === undefined) hasSockets = false; // what gives no answer to one gives none to the others
    return exchange;
  };
  const upgrade = async (call: PreviewCall): Promise<Exchange> => {
    const startedAtMs = run.time.now();
    const { status } = await run.previewSocket(call);
    const request = { method: "GET", url: `ws://${call.id}/`, headers: call.headers ?? {} };
    const response = { status, headers: {}, body: "", json: undefined };
    return { operation: "preview", request, response, startedAtMs, durationMs: run.time.now() - startedAtMs };
  };
  const sendCall = (sandbox: Explored, call: ExploredCall) =>
    call.kind === "visit"
      ? visit(sandbox, call.call as Visit)
      : send(sandbox, { ...(call.call as Addressed), operation: call.operation });
  const noteFailing = (exchange: Exchange, when: string) => {
    const reason = `${exchange.operation} was answered ${exchange.response.status} ${when}`;
    note({ clause: undefined, isBeside: false, breach: { reason, exchange } });
  };
  /** A server that fails at the same request each time, while it answers others, has no answer but that. */
  const sendUnlessFailing = async (sandbox: Explored, call: ExploredCall) => {
    const state = tracker.know(sandbox.subject).names.join(" or ");
    let exchange = await sendCall(sandbox, call);
    for (let sends = 1; sends < sendsMax && isFailing(exchange); sends += 1) exchange = await sendCall(sandbox, call);
    if (exchange === undefined || !isFailing(exchange) || isEnvironmental(exchange)) return exchange;
    noteFailing(exchange, `on what is ${state}, ${sendsMax} times`);
    return exchange;
  };
  const look = async (sandbox: Explored) => {
    unlooked = 0;
    await lookAt(views.map((view) => [sandbox, view]));
  };
  /** Two of the ways to look, in turn: what is written wrongly stays so, and is seen by the next look. */
  const glance = (sandbox: Explored): readonly Look[] => {
    unlooked = 0;
    const all = glancesOf(sandbox);
    return all.slice(0, 2).map((): Look => [sandbox, all[(glances += 1) % all.length]!]);
  };
  /** One look at one of the others, each in its turn, and now and then one by a stranger. */
  const lookAside = (sandbox: Explored): readonly Look[] => {
    const aside = sandboxes
      .filter((each) => each !== sandbox)
      .flatMap((each) => glancesOf(each).map((view): Look => [each, view]));
    const strange = glancesOf(sandbox).map((view): Look => [sandbox, { ...view, credentials: "other" }]);
    const all = hasOther() ? [...aside, ...strange] : aside;
    return all.length === 0 ? [] : [all[(turn += 1) % all.length]!];
  };
  /** Lets some time pass once a sandbox has come to another state, so that two times of it are not the same. */
  const step = async (sandbox: Explored) => {
    const names = () => tracker.know(sandbox.subject).names;
    const state = `${sandbox.id} ${names().join()}`;
    if (!run.time.controlled || state === passed) return;
    passed = state;
    await run.time.pass(stepMs);
    if (names().length !== 1) await look(sandbox);
  };
  const hasOther = () => sandboxes.some(({ by }) => by === "other");
  return {
    table,
    routes,
    look,
    oneWay: explorable.oneWay,
    found: () => found,
    movesTime: run.time.controlled,
    now: run.time.now,
    know: ({ subject }) => tracker.know(subject),
    send: (call) => sendAs(call, "own"),
    applies: (explored, { operation, call }) =>
      explorable.address(explored, operation, call as Addressed) !== undefined,
    visits: ({ subject }) => {
      return tracker.know(subject).visits(sandboxes.map((each) => each.subject).filter((each) => each !== subject));
    },
    takeAtOnce: async (sandbox, calls) => {
      acted = sandbox.subject;
      const exchanges = await sendMany(() => run.together(calls.map((call) => () => sendCall(sandbox, call))));
      const failing = exchanges.find((exchange) => isFailing(exchange) && !isEnvironmental(exchange!));
      if (failing !== undefined) noteFailing(failing, "while others were under way");
      await look(sandbox);
    },
    conclude: () => noteAll(tracker.suspected()),
    pass,
    joined: () => sandboxes,
    alternate: (form) => {
      otherForm = form;
    },
    create: async (body, by) => {
      const { create } = run.contract;
      let id = "";
      const exchange = await follow({ actor: by, operation: create.operation, path: {} }, async () => {
        const created = await run.create(body, by);
        id = created.id;
        return created.exchange;
      });
      if (id === "") throw new TransientFailure("a create for the exploration was not answered");
      await followUp(exchange, by);
      return { id, subject: id, by };
    },
    join: async (explored) => {
      sandboxes.push(explored);
      await look(explored);
      return explored;
    },
    take: async (sandbox, call) => {
      const isAct = call.kind === "plain" || call.kind === "valid" || call.kind === "visit";
      if (isAct && unlooked > 0) await look(sandbox);
      if (isAct && explorable.pauseMs !== undefined) await pass(explorable.pauseMs);
      else if (isAct && call.kind !== "valid") await step(sandbox);
      const from = tracker.know(sandbox.subject).names;
      acted = sandbox.subject;
      const exchange = await sendUnlessFailing(sandbox, call);
      const isRead = call.kind !== "visit" && exchange?.request.method === "GET";
      if (exchange === undefined || (isSuccess(exchange) && !isRead)) {
        await lookAt([...glance(sandbox), ...lookAside(sandbox)]);
      } else if ((unlooked += 1) >= unlookedMax) await look(sandbox);
      if (from.length === 1) table.noteCell(from[0]!, call);
      if (last?.id === sandbox.subject) table.notePair(last.call, call);
      last = { call, id: sandbox.subject };
      const to = tracker.know(sandbox.subject).names;
      if (from.length !== 1) return;
      const known = routes.get(from[0]!) ?? new Map<string, string>();
      // What leads here at one time and there at another is no way.
      if (to.length === 1) routes.set(from[0]!, known.set(call.name, to[0]!));
      else known.delete(call.name);
    },
  };
}

/** What was asked, as the model reads it, where the answer got lost: it may have been done. */
function requestOf({ query, json, text }: Pick<ApiCall, "query" | "json" | "text">): ObservedExchange["request"] {
  const body = json === undefined ? text : JSON.stringify(json);
  const url = `http://unanswered.invalid/?${new URLSearchParams(query).toString()}`;
  return { method: "", url, headers: {}, ...(body === undefined ? {} : { body }) };
}

/** Of an upgrade that was granted no exchange is to be shown. */
function breachOf(reason: string, exchange: Exchange | undefined): Breach {
  return { reason, ...(exchange === undefined || exchange.response.status === 101 ? {} : { exchange }) };
}

function isFailing(exchange: Exchange | undefined): boolean {
  return exchange !== undefined && exchange.response.status >= 500 && exchange.operation !== "preview";
}

/** The credentials of a request for a sandbox: its owner's, unless it says others. */
function credentialsFor(by: "own" | "other", said: Credentials | undefined): Credentials {
  if (said === undefined) return by;
  return said === "other" ? otherThan(by) : said;
}

function otherThan(by: "own" | "other"): "own" | "other" {
  return by === "own" ? "other" : "own";
}
