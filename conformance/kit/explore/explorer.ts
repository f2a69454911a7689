import type { Breach } from "../law/case.ts";
import type { Exchange } from "../law/exchange.ts";
import { isEnvironmental, isSuccess } from "../law/exchange.ts";
import type { LawRun } from "../law/law-run.ts";
import type { ApiCall, Credentials } from "../law/call.ts";
import type { PreviewCall } from "../law/call.ts";
import { TransientFailure } from "../law/unjudged.ts";
import type { ObservedExchange } from "../model/observed-exchange.ts";
import type { CoverageTable } from "./coverage-table.ts";
import type { Explorable, Known, Tracker } from "./exploration.ts";
import type { ExploredCall } from "./explored-call.ts";

/** A sandbox that is explored with. */
export type Explored = { readonly id: string; readonly by: "own" | "other" };

/** What the model said of what was sent. */
export type ExploredBreach = {
  /** The clause that is broken; undefined for a request that the server fails at each time. */
  readonly clause: string | undefined;
  /** Whether it showed at another sandbox than was acted on. */
  readonly isBeside: boolean;
  readonly breach: Breach;
};

/** Sends what is explored, follows it by the model, and looks at what came of it. */
export type Explorer = {
  readonly table: CoverageTable;
  readonly create: (body: unknown, by: "own" | "other") => Promise<Explored>;
  readonly know: (sandbox: Explored) => Omit<Known, "visits">;
  /** Requests to its ports, with tokens as they are now. */
  readonly visits: (sandbox: Explored) => readonly ExploredCall[];
  /** Sends a request for a sandbox, and looks at it and at others once it may have changed something. */
  readonly take: (sandbox: Explored, call: ExploredCall) => Promise<void>;
  /** Reads a sandbox in each way that there is. */
  readonly look: (sandbox: Explored) => Promise<void>;
  /** Lets time pass, where the target's clock can be moved. */
  readonly pass: (ms: number) => Promise<void>;
  /** Whether the target's clock can be moved. */
  readonly movesTime: boolean;
  readonly now: () => number;
  /** Where requests led to, by the names of the states: from a state, by the name of a request, to another. */
  readonly routes: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly requests: () => number;
  readonly found: () => readonly ExploredBreach[];
};

/** So many refused requests are sent before it is looked at what they have changed: as many as a model suspects. */
const unlookedMax = 4;
/** So many requests in a row without an answer end it. */
const silentMax = 4;

/** So often is a request sent that the server fails at. */
const sendsMax = 4;

/** So many breaches are kept. */
const foundMax = 1_000;

/** Thrown when as many requests were sent as may be, or what was looked for is found. */
export class Enough extends Error {}

/** Creates an explorer that has sent nothing. */
export function createExplorer(
  run: LawRun,
  explorable: Explorable,
  {
    table,
    requestsMax,
    waitedMsMax,
    isEnough,
  }: {
    readonly table: CoverageTable;
    readonly requestsMax: number;
    readonly waitedMsMax: number;
    readonly isEnough: (found: ExploredBreach) => boolean; // what ends it
  },
): Explorer {
  const tracker: Tracker = explorable.createTracker();
  const { readers, lists } = readersOf(run, explorable);
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
  let last: { readonly call: ExploredCall; readonly id: string } | undefined;

  const note = (breach: ExploredBreach) => {
    found.push(breach);
    if (isEnough(breach)) throw new Enough();
  };
  /** Sends, and tells the model. What gets no answer, or one that says "not now", is taken for done or not done. */
  const follow = async (
    about: Pick<ObservedExchange, "actor" | "isAnonymous" | "operation" | "path">,
    send: () => Promise<Exchange>,
  ): Promise<Exchange | undefined> => {
    if (requests >= requestsMax || waitedMs > waitedMsMax) throw new Enough();
    const number = (requests += 1);
    const sentAtMs = run.time.now();
    const exchange = await send().catch((error: unknown) => {
      if (!(error instanceof TransientFailure) || (silent += 1) > silentMax) throw error;
      return error.exchange;
    });
    if (exchange !== undefined) silent = 0;
    const answeredAtMs = run.time.now();
    waitedMs += answeredAtMs - sentAtMs;
    const wrong = tracker.take({
      ...about,
      ...{ number, sentBefore: number, sentAtMs, answeredAtMs, response: exchange?.response },
      request: exchange?.request ?? { method: "", url: "http://unanswered.invalid/", headers: {} },
    });
    for (const { clause, subject, reason } of wrong.slice(0, foundMax - found.length)) {
      const isBeside = subject !== undefined && acted !== undefined && subject !== acted;
      note({ clause, isBeside, breach: breachOf(reason, exchange) });
    }
    return exchange;
  };
  const send = (sandbox: Explored | undefined, operation: string, call: Omit<ApiCall, "operation">) => {
    const credentials = credentialsFor(sandbox?.by ?? "own", call.credentials);
    const path = { ...call.path, ...(sandbox === undefined ? {} : { id: sandbox.id }) };
    const actor = typeof credentials === "string" && credentials !== "none" ? credentials : undefined;
    const isAnonymous = credentials === "none";
    return follow({ actor, isAnonymous, operation, path }, () => run.send({ ...call, operation, path, credentials }));
  };
  const visit = async ({ id }: Explored, call: Omit<PreviewCall, "id">) => {
    if (!run.has("preview-route")) return undefined;
    const path = { id, port: String(call.port ?? 3000) };
    return follow({ actor: undefined, operation: "preview", path }, () => run.preview({ ...call, id }));
  };
  const sendCall = (sandbox: Explored, call: ExploredCall) =>
    call.kind === "visit"
      ? visit(sandbox, call.call as Omit<PreviewCall, "id">)
      : send(sandbox, call.operation, call.call as Omit<ApiCall, "operation">);
  /** A server that fails at the same request each time, while it answers others, has no answer but that. */
  const sendUnlessFailing = async (sandbox: Explored, call: ExploredCall) => {
    const state = tracker.know(sandbox.id).names.join(" or ");
    let exchange = await sendCall(sandbox, call);
    for (let sends = 1; sends < sendsMax && isFailing(exchange); sends += 1) exchange = await sendCall(sandbox, call);
    if (exchange === undefined || !isFailing(exchange) || isEnvironmental(exchange)) return exchange;
    const reason = `${call.name} on a sandbox that is ${state} was answered ${exchange.response.status}, ${sendsMax} times`;
    note({ clause: undefined, isBeside: false, breach: { reason, exchange } });
    return exchange;
  };
  const look = async (sandbox: Explored) => {
    unlooked = 0;
    for (const operation of readers) await send(sandbox, operation, {});
    for (const operation of lists) await send(undefined, operation, {});
  };
  /** Two of the ways to look, in turn: what is written wrongly stays so, and is seen by the next look. */
  const glance = async (sandbox: Explored) => {
    unlooked = 0;
    const views = [
      ...readers.map((operation) => () => send(sandbox, operation, {})),
      ...lists.map((operation) => () => send(undefined, operation, {})),
    ];
    for (let count = 0; count < Math.min(2, views.length); count += 1) await views[(glances += 1) % views.length]!();
  };
  /** One look at one of the others, each in its turn, and now and then one by a stranger. */
  const lookAside = async (sandbox: Explored) => {
    const views = sandboxes
      .filter((each) => each !== sandbox)
      .flatMap((each) => readers.map((operation) => () => send(each, operation, {})));
    const strange = [
      ...readers.map((operation) => () => send(sandbox, operation, { credentials: "other" as const })),
      ...lists.map((operation) => () => send(undefined, operation, { credentials: "other" })),
    ];
    const all = hasOther() ? [...views, ...strange] : views;
    if (all.length > 0) await all[(turn += 1) % all.length]!();
  };
  const hasOther = () => sandboxes.some(({ by }) => by === "other");
  return {
    table,
    routes,
    look,
    requests: () => requests,
    found: () => found,
    movesTime: run.time.controlled,
    now: run.time.now,
    know: ({ id }) => tracker.know(id),
    visits: ({ id }) => tracker.know(id).visits(sandboxes.map((each) => each.id).filter((each) => each !== id)),
    pass: async (ms) => {
      if (run.time.controlled && ms > 0) await run.time.pass(ms);
    },
    create: async (body, by) => {
      const { create } = run.contract;
      let id = "";
      await follow({ actor: by, operation: create.operation, path: {} }, async () => {
        const created = await run.create(body, by);
        id = created.id;
        return created.exchange;
      });
      if (id === "") throw new TransientFailure("a create for the exploration was not answered");
      const sandbox = { id, by };
      sandboxes.push(sandbox);
      await look(sandbox);
      return sandbox;
    },
    take: async (sandbox, call) => {
      const isAct = call.kind === "plain" || call.kind === "valid" || call.kind === "visit";
      if (isAct && unlooked > 0) await look(sandbox);
      const from = tracker.know(sandbox.id).names;
      acted = sandbox.id;
      const exchange = await sendUnlessFailing(sandbox, call);
      const isRead = call.kind !== "visit" && exchange?.request.method === "GET";
      if (exchange === undefined || (isSuccess(exchange) && !isRead)) {
        await glance(sandbox);
        await lookAside(sandbox);
      } else if ((unlooked += 1) >= unlookedMax) await look(sandbox);
      if (from.length === 1) table.noteCell(from[0]!, call);
      if (last?.id === sandbox.id) table.notePair(last.call, call);
      last = { call, id: sandbox.id };
      const to = tracker.know(sandbox.id).names;
      if (from.length !== 1 || to.length !== 1) return;
      const known = routes.get(from[0]!) ?? new Map<string, string>();
      routes.set(from[0]!, known.set(call.name, to[0]!));
    },
  };
}

function breachOf(reason: string, exchange: Exchange | undefined): Breach {
  return { reason, ...(exchange === undefined ? {} : { exchange }) };
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

/** Operations that only read: of one sandbox, and of all. */
function readersOf({ contract }: LawRun, { operations }: Pick<Explorable, "operations">) {
  const reading = contract.operations.filter(({ id, method }) => method === "get" && operations.includes(id));
  const places = (path: string) => (path.match(/\{/g) ?? []).length;
  return {
    readers: reading.filter(({ path }) => path.includes("{id}") && places(path) === 1).map(({ id }) => id),
    lists: reading.filter(({ path }) => places(path) === 0).map(({ id }) => id),
  };
}
