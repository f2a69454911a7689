import type { Clock, Sleep } from "../../../src/contract/clock.ts";
import type { RunContract, ListedSandbox } from "../law/contract.ts";
import { answerText, isSuccess } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import type { Ledger, LedgerKey, OpenCreate, OpenState, OwnedSandbox } from "./ledger.ts";
import { findOrphans, underWayMsMax } from "./orphan.ts";
import { createStrays } from "./strays.ts";
import { each } from "../target/each.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";

/** A key that can list what its account has. */
type ListingKey = "own" | "other";

/** A sandbox that a create without an outcome has made, as far as can be told. */
type MadeSandbox = { readonly create: number; readonly id: string };

/** What the account of a run has, as its list shows it: the only proof of what a create without an outcome has made. */
export type Account = {
  /** Lists the account once, before the first create: what is there belongs to others for good. */
  readonly open: () => Promise<void>;
  /**
   * Lists the account, and settles the creates that were answered or given up by then: one that has made a sandbox gets it,
   * one that is proven to have made nothing is written off.
   *
   * @returns the sandboxes that have become the run's
   */
  readonly look: () => Promise<readonly OwnedSandbox[]>;
  /** Looks for the last time, since the run makes no more: once what is open can be told, which takes a while. */
  readonly decide: () => Promise<void>;
  /** Milliseconds until a look can settle the create that takes longest; 0 where no wait would help. */
  readonly settledInMs: () => number;
  /** Whether the list can be read: the profile may never send it, and some targets have none. */
  readonly isReadable: () => boolean;
  /** Whether a create that named no sandbox seems to have made one, so that each one has to be looked at by itself. */
  readonly isSuspicious: () => boolean;
  /** What refused creates seem to have made, those that have become the run's included. */
  readonly madeByRefused: () => readonly MadeSandbox[];
  /** Sandboxes that the run or another user of the account may have made, by the last look. */
  readonly doubtful: () => readonly string[];
  /** Why the last look failed, where it did. */
  readonly problem: () => string | undefined;
};

type AccountOptions = {
  readonly contract: RunContract;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly keys: readonly ListingKey[];
  readonly list: (by: ListingKey) => Promise<Exchange>;
  readonly aheadMs: () => Promise<number>;
  /** So many lists are read at once. Default 1. */
  readonly atOnceMax?: number;
  /** Does what has to be done once before the first look. */
  readonly prepare: () => Promise<void>;
  /** Whether the run that sent the creates is over, so that none of them is under way. Default false. */
  readonly isOver?: boolean;
  /** Whether nothing but this run uses the account, so that what appears there is the run's. Default false. */
  readonly isOwn?: boolean;
  /** In which words a create was refused, where the target is known to make sandboxes of creates that it refuses. */
  readonly refusalOf?: ((create: number) => string | undefined) | undefined;
};

/** How long after an answer that says nothing a list may still lack what the create has made, in milliseconds. */
const listedWithinMs = 2_000;
/** How long the run makes nothing to see whether another user of the account does, in milliseconds. */
const quietMs = 3_000;
/** How soon after the end of a create a look has to begin to be one right after it, in milliseconds. */
const rightAfterMs = 1_000;

/** A sandbox that was started this long before a create cannot have been started by it, in milliseconds. */
const readyMsMin = 2_000;

type Shown = ListedSandbox & { readonly by: ListingKey };

/** A list of what runs, by id, when it was read, and the last create that was sent before. */
type Reading = { readonly atMs: number; readonly create: number; readonly shown: ReadonlyMap<string, Shown> };

/**
 * Creates the account of a run.
 *
 * That a sandbox was started while a create was under way is no proof that the create made it: another user of the account
 * may be at work. The run takes it for its own where, beyond that, no other user was seen in the whole run, and a create of
 * the same kind has once been sent alone, with nothing new in the list right before it, and a sandbox right after it. Where
 * such a create is not seen, a refusal is believed, and a create without an answer is decided at the end of the run.
 *
 * Where the target is known to leave sandboxes of refused creates behind, {@link createStrays} tells those that its list
 * shows right after them, whenever they were started.
 */
export function createAccount(options: AccountOptions): Account {
  const { contract, ledger, clock, sleep, keys, aheadMs, isOver = false, isOwn = false, refusalOf } = options;
  const unreadable = new Set<ListingKey>();
  const ofRefused = new Map<string, MadeSandbox>();
  const readied = new Map<string, MadeSandbox>(); // what the target may have kept ready, and then handed out
  const strays = refusalOf && createStrays(refusalOf);
  const caught = new Set<OpenState>(); // kinds of creates that have made something while nothing else did
  let opened: Promise<void> | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  let before: Reading = { atMs: -Infinity, create: 0, shown: new Map() };
  let isQuiet = isOver || isOwn; // it cannot be learnt any more who was at work then, or need not be
  let isShared = false; // another user of the account is at work
  const suspectOther = (isSeen: boolean) => void (isShared ||= isSeen && !isOwn);
  let doubtful: readonly string[] = [];
  let doubted = new Set<number>();
  let problem: string | undefined;

  /** What each key shows; a sandbox that two keys show stands with the first. */
  const readAll = async (): Promise<Reading> => {
    problem = undefined;
    const atMs = clock.now();
    const create = ledger.lastCreate();
    const shown = new Map<string, Shown>();
    const lists = await each(keys, (by) => readList(options, by), { atOnceMax: options.atOnceMax ?? 1 });
    for (const [index, by] of keys.entries()) {
      const read = lists[index]!;
      if (typeof read === "string") {
        problem = read;
        unreadable.add(by);
        continue;
      }
      unreadable.delete(by);
      for (const entry of read) if (!shown.has(entry.id)) shown.set(entry.id, { ...entry, by });
    }
    return { atMs, create, shown };
  };
  const strangersIn = ({ shown }: Reading) =>
    [...shown.values()].filter(({ id }) => !ledger.owns(id) && !ledger.isForeign(id));
  /** What appears while the run makes nothing is another user's, and so may be what appeared before. */
  const listenForOthers = async ({ shown }: Reading) => {
    await sleep(quietMs);
    const later = await readAll();
    isQuiet = strangersIn(later).every(({ id }) => shown.has(id));
    suspectOther(!isQuiet);
    return later;
  };
  /** Whether the list of each account that a create may have landed in was read just now. */
  const isSeen = ({ by }: OpenCreate) =>
    keys.length > 0 && (by === "made-up" ? keys : [by]).every((key) => keys.includes(key) && !unreadable.has(key));
  /** Whether nothing but this create lies between the last two looks. */
  const isAlone = ({ create, atMs, endedAtMs = atMs }: OpenCreate, nowMs: number) =>
    create === before.create + 1 && ledger.lastCreate() === create && nowMs - endedAtMs <= rightAfterMs;

  const newIn = (reading: Reading) => strangersIn(reading).filter(({ id }) => !before.shown.has(id));
  /** Reads the list right before a create: what has appeared since the last look was made by another user. */
  const lookBefore = async (nowMs: number) => {
    const isFresh = before.create === ledger.lastCreate() && nowMs - before.atMs < rightAfterMs / 2;
    if (strays === undefined || isFresh) return;
    const reading = await readAll();
    suspectOther(newIn(reading).length > 0);
    before = reading;
  };
  /** Notes what the one create has left behind that was sent since the list was read right before it. */
  const noteStray = (reading: Reading, creates: readonly OpenCreate[], nowMs: number) => {
    const sent = creates.find((each) => each.state === "refused" && isAlone(each, nowMs));
    if (sent === undefined || sent.atMs - before.atMs > rightAfterMs) return;
    const appeared = newIn(reading);
    const isReady = ({ startedAtMs }: Shown) => !(startedAtMs >= sent.atMs + (sent.skewMs ?? 0) - readyMsMin);
    if (appeared.length > 1)
      suspectOther(true); // a create makes one
    else
      strays?.note(
        sent,
        appeared.filter(isReady).map(({ id }) => id),
      ); // the rest is told by its time
  };

  const look = async (isLast: boolean): Promise<readonly OwnedSandbox[]> => {
    const startedAtMs = clock.now();
    const creates = ledger.unsettled().filter(({ state }) => isOver || state !== "open");
    if (keys.length === 0) return [];
    if (creates.length === 0) {
      await lookBefore(startedAtMs);
      return [];
    }
    const of = (number: number) => creates.find(({ create }) => create === number);
    const skewMs = await aheadMs();
    let reading = await readAll();
    noteStray(reading, creates, startedAtMs);
    const left = (strays?.all() ?? []).filter(({ id }) => !ledger.owns(id));
    for (const { create, id } of left) ofRefused.set(id, { create, id });
    const news = handedOutSince(before, strangersIn(reading), { creates: ledger.unsettled(), skewMs });
    suspectOther(new Set(news.map(({ create }) => create)).size < news.length);
    for (const each of news) readied.set(each.id, each);
    for (const each of readied.values()) if (of(each.create)?.state === "refused") ofRefused.set(each.id, each);
    const isLeft = (id: string) => strays !== undefined && (readied.has(id) || left.some((each) => each.id === id));
    const find = () => {
      const strangers = strangersIn(reading).filter(({ id }) => !isLeft(id));
      return findOrphans({ creates, strangers, skewMs });
    };
    let found = find();
    for (const { create, id } of found.proven) {
      const { state } = of(create)!;
      if (!before.shown.has(id) && isAlone(of(create)!, startedAtMs)) caught.add(state);
      if (state === "refused") ofRefused.set(id, { create, id });
    }
    const isKnown = ({ create }: MadeSandbox) => {
      const { state } = of(create)!;
      return isOwn || caught.has(state) || (isLast && state !== "refused") || (isOver && state === "open");
    };
    suspectOther(!isOver && found.isShared);
    const sure = left.filter(({ isSure }) => isSure);
    if ((sure.length > 0 || found.proven.some(isKnown)) && !isQuiet && !isShared) {
      reading = await listenForOthers(reading);
      found = find();
    }
    before = reading;
    const adopted: MadeSandbox[] = [];
    // With no other user, what no time tells is the run's as well, once none of its creates is under way.
    const others =
      isOwn && isLast ? [...left, ...found.doubtful.map(({ id, creates: [create] }) => ({ id, create: create! }))] : [];
    const readyLeft = isOwn && isLast ? strangersIn(reading).flatMap(({ id }) => readied.get(id) ?? []) : [];
    for (const each of [...sure, ...found.proven.filter(isKnown), ...others, ...readyLeft]) {
      if (ledger.owns(each.id)) continue;
      if (!contract.isId(each.id) || !isQuiet || isShared) continue;
      const by: LedgerKey = reading.shown.get(each.id)?.by ?? of(each.create)!.by;
      await ledger.created(each.create, [each.id], by);
      adopted.push(each);
    }
    const handedOut = strangersIn(reading).flatMap(({ id }) => readied.get(id) ?? []);
    const open = [...left, ...found.proven].filter(({ id }) => !ledger.owns(id));
    const unsure = found.doubtful.filter(({ id }) => !ledger.owns(id));
    doubtful = [...new Set([...unsure, ...open, ...handedOut].map(({ id }) => id))];
    doubted = new Set([
      ...unsure.flatMap((each) => each.creates),
      ...[...open, ...handedOut].map(({ create }) => create),
    ]);
    for (const create of creates) {
      const isOpen = !doubted.has(create.create) && !adopted.some((each) => each.create === create.create);
      if (isOpen && isSeen(create) && settlesAtMs(create) <= startedAtMs) await ledger.nothing(create.create);
    }
    return adopted.flatMap(({ id }) => ledger.find(id) ?? []);
  };
  const lookInTurn = (isLast: boolean) => {
    const next = looking.then(() => look(isLast));
    looking = next.catch(() => undefined);
    return next;
  };
  const settledInMs = () => {
    const waiting = ledger.unsettled().filter((each) => !doubted.has(each.create) && isSeen(each));
    return Math.max(0, ...waiting.map((create) => settlesAtMs(create) - clock.now()));
  };
  return {
    open: () =>
      (opened ??= (async () => {
        await options.prepare();
        before = await readAll();
        await ledger.foreign([...before.shown.keys()]);
      })()),
    look: () => lookInTurn(false),
    decide: async () => {
      if (ledger.unsettled().length === 0) return;
      await lookInTurn(true);
      const ms = settledInMs();
      if (ms === 0) return;
      await sleep(ms);
      await lookInTurn(true);
    },
    settledInMs,
    isReadable: () => keys.some((key) => !unreadable.has(key)),
    isSuspicious: () => strays !== undefined || doubted.size + caught.size > 0,
    madeByRefused: () => [...ofRefused.values()],
    doubtful: () => doubtful,
    problem: () => problem,
  };
}

/**
 * Sandboxes that a list shows since the last look, though they were started before any create that was sent since then: a
 * target may have kept them ready. Whether those creates got one each, or another user did, the list does not say.
 */
function handedOutSince(
  { create: last, shown }: Reading,
  strangers: readonly ListedSandbox[],
  { creates, skewMs }: { readonly creates: readonly OpenCreate[]; readonly skewMs: number },
): readonly MadeSandbox[] {
  const sent = creates.filter(({ create }) => create > last);
  const create = sent.at(-1)?.create;
  if (create === undefined) return [];
  const firstMs = Math.min(...sent.map((each) => each.atMs + (each.skewMs ?? skewMs)));
  return strangers
    .filter(({ id, startedAtMs }) => !shown.has(id) && startedAtMs < firstMs - readyMsMin)
    .map(({ id }, at) => ({ create: sent.at(-1 - at)?.create ?? create, id })); // so many may each have got one
}

/** When a look shows for certain what a create has made, in milliseconds since the Unix epoch. */
function settlesAtMs({ state, atMs, endedAtMs = atMs, status }: OpenCreate): number {
  if (state === "refused") return endedAtMs;
  return endedAtMs + (status === undefined ? underWayMsMax : listedWithinMs);
}

/** What runs in the account of a key, or why that cannot be read. */
async function readList(
  { contract, list }: AccountOptions,
  by: ListingKey,
): Promise<readonly ListedSandbox[] | string> {
  try {
    const exchange = await list(by);
    const entries = isSuccess(exchange) ? contract.list.entriesIn(exchange) : undefined;
    return entries?.filter(({ isAlive }) => isAlive) ?? answerText(exchange);
  } catch (error) {
    if (error instanceof TransientFailure || error instanceof Unjudged) return error.message;
    throw error;
  }
}
