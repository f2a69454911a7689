import type { Breach } from "../law/case.ts";
import type { Exchange } from "../law/exchange.ts";
import { isEnvironmental, isSuccess } from "../law/exchange.ts";
import type { LawRun } from "../law/law-run.ts";
import type { ApiCall, Credentials, PreviewCall } from "../law/call.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";
import type { ClauseBreach } from "../model/observed-exchange.ts";
import type { CoverageTable } from "./coverage-table.ts";
import type { Addressed, Explorable, Explored, ExploredBreach, Explorer, Tracker } from "./exploration.ts";
import type { ExploredCall, Visit } from "./explored-call.ts";
import { createLooks } from "./looks.ts";
import type { Look } from "./looks.ts";
import { createSender, Enough, requestOf } from "./sender.ts";
import type { Answered } from "./sender.ts";

/** So many refused requests are sent before it is looked at what they have changed: as many as a model suspects. */
const unlookedMax = 4;
/** So often is a request sent that the server fails at. */
const sendsMax = 4;

/** How much time passes between two steps where it can be moved, in milliseconds: more than two times of one moment may be apart. */
const stepMs = 7_000;

/** So many breaches are kept. */
const foundMax = 1_000;

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
  const sandboxes: Explored[] = [];
  const looks = createLooks((explored) => [...views, ...(explorable.glances?.(explored) ?? [])], sandboxes);
  const routes = new Map<string, Map<string, string>>();
  let unlooked = 0;
  const found: ExploredBreach[] = [];
  /** The sandbox that something was done to last. */
  let acted: string | undefined;
  /** The state in which time has passed last. */
  let passed = "";
  let hasSockets = true;
  let last: { readonly call: ExploredCall; readonly id: string } | undefined;
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
  const sender = createSender(run, max, (answered) =>
    noteAll(tracker.take(answered.map(({ observed }) => observed)), answered),
  );
  /** Looks in some ways: side by side, since none of them changes anything. */
  const lookAt = async (looks: readonly Look[]) =>
    void (await sender.together(() =>
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
    const asked = { actor, isAnonymous, operation, path, request: requestOf(call) };
    const form = otherForm !== undefined && sender.sent() % 2 === 0 ? { form: otherForm } : {};
    const exchange = await sender.send(asked, () => run.send({ ...form, ...call, operation, path, credentials }));
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
    const exchange = await sender
      .send({ actor: undefined, operation: "preview", path }, send)
      .catch((error: unknown) => {
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
  /** Lets some time pass once a sandbox has come to another state, so that two times of it are not the same. */
  const step = async (sandbox: Explored) => {
    const names = () => tracker.know(sandbox.subject).names;
    const state = `${sandbox.id} ${names().join()}`;
    if (!run.time.controlled || state === passed) return;
    passed = state;
    await run.time.pass(stepMs);
    if (names().length !== 1) await look(sandbox);
  };
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
      const exchanges = await sender.together(() => run.together(calls.map((call) => () => sendCall(sandbox, call))));
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
      const exchange = await sender.send({ actor: by, operation: create.operation, path: {} }, async () => {
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
        unlooked = 0;
        await lookAt([...looks.at(sandbox), ...looks.beside(sandbox)]);
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
