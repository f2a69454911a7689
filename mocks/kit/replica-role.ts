import type { Clock, Sleep } from "../../src/contract/clock.ts";
import type { Lead, SharedStore } from "./redis-store.ts";
import type { StateStore } from "./state-store.ts";

/** What the replica that leads says of itself to the others. */
export type LeaderNote = {
  /** Where each of its listeners is reached, by contract. */
  readonly urls: Readonly<Record<string, string>>;
  /** What shows it that a request comes from another replica. */
  readonly secret: string;
};

/** Where a request is to be answered: by what this replica began when it took the lead, or by another one. */
export type Place<Own> = { readonly own: Own } | { readonly leader: LeaderNote };

/** The part that a replica has: it leads, or it knows who does. */
export type ReplicaRole<Own> = {
  /** The place as it is known now; undefined while no replica is known to lead. */
  readonly now: () => Place<Own> | undefined;
  /** Waits for a place, for as long as one replica may need to take over from another; gives the reason where there is none. */
  readonly place: () => Promise<Place<Own> | string>;
  /**
   * Looks for the leader anew: this one does not answer.
   *
   * @param hasEnded - that it has ended is certain, and its lead need not lapse first
   */
  readonly doubt: (leader: LeaderNote, hasEnded: boolean) => void;
  /** Leaves the lead to the others, until all of them know of it, and knows only which of them has it. */
  readonly retire: () => Promise<void>;
  /** Looks for nothing any more. */
  readonly end: () => Promise<void>;
};

export type RoleOptions<Own> = {
  readonly shared: SharedStore;
  readonly note: LeaderNote;
  readonly leadMs: number; // for how long a lead lasts that is not renewed
  /** A lead is certain while all of them say so: one may be set back, another stand still with the machine. */
  readonly clocks: readonly Clock[];
  readonly sleep: Sleep;
  /** Begins with what was kept, as the leader. */
  readonly begin: (store: StateStore) => Own;
  /** Ends what was begun: it leads no longer. */
  readonly finish: (own: Own) => Promise<void>;
  readonly onChange: (place: Place<Own>) => void;
};

type Leading<Own> = { readonly lead: Lead; readonly own: Own; isCertain: () => boolean };

/**
 * Takes a part among the replicas, and keeps to it until the end. Of all that is written, Redis takes only what the leader of
 * its own count sends; a leader answers by its memory only as long as no other can have taken its place.
 *
 * @throws Error where the state in Redis is not to be used with these options
 */
export async function takeRole<Own>(options: RoleOptions<Own>): Promise<ReplicaRole<Own>> {
  const { shared, note, leadMs, clocks, sleep, begin, finish, onChange } = options;
  const noteText = JSON.stringify(note);
  const stepMs = leadMs / 5;
  let leading: Leading<Own> | undefined;
  let leader: LeaderNote | undefined;
  let gone: string | undefined; // the note of a leader that has ended
  let trouble: string | undefined; // why Redis does not answer
  let isRetired = false;
  let isEnded = false;

  /** Tells whether a lead that was asked for now can have lapsed. */
  const beginLead = () => {
    const untilMs = clocks.map((clock) => clock.now() + leadMs);
    return () => clocks.every((clock, at) => clock.now() < untilMs[at]!);
  };
  const turn = async () => {
    const isCertain = beginLead();
    const had = leading;
    if (had !== undefined) {
      const isHeld = await had.lead.renew();
      if (isHeld) had.isCertain = isCertain;
      if (isHeld || isRetired) return;
      leading = undefined;
      await finish(had.own);
    }
    const taken = isRetired ? await shared.leader() : await shared.take(noteText, gone);
    if (taken === undefined) return;
    if (taken === noteText) return void (leader = undefined); // of a lead that failed to begin, which lapses
    if (typeof taken === "string") {
      const known = leader?.secret;
      leader = JSON.parse(taken) as LeaderNote;
      if (leader.secret !== known) onChange({ leader });
      return;
    }
    if (isRetired) return taken.release();
    leader = undefined;
    // To read much may take longer than a lead lasts: only what is renewed afterwards is certain.
    try {
      const store = { ...taken.store, isCertain: () => leading?.lead === taken && leading.isCertain() };
      leading = { lead: taken, own: begin(store), isCertain: () => false };
    } catch (error) {
      await taken.release();
      throw error;
    }
    onChange(leading);
    await turn();
  };
  const keepOn = async () => {
    while (!isEnded) {
      await sleep(stepMs);
      await turn().then(
        () => (trouble = undefined),
        (error: unknown) => (trouble = (error as Error).message),
      );
    }
  };
  const now = (): Place<Own> | undefined => {
    if (leading !== undefined) return leading.isCertain() ? leading : undefined;
    return leader === undefined ? undefined : { leader };
  };
  await turn();
  const ended = keepOn();
  return {
    now,
    place: async () => {
      for (let waitedMs = 0; ; waitedMs += waitMs) {
        const found = now();
        if (found !== undefined) return found;
        if (trouble !== undefined) return `Redis cannot be used: ${trouble}`;
        if (waitedMs >= leadMs * 5) return "no replica leads";
        await sleep(waitMs);
      }
    },
    doubt: (one, hasEnded) => {
      if (leader?.secret === one.secret) leader = undefined;
      if (hasEnded) gone = JSON.stringify(one);
    },
    retire: async () => {
      isRetired = true;
      const had = leading;
      leading = undefined;
      if (had === undefined) return;
      await finish(had.own);
      await had.lead.release().catch(() => undefined); // it lapses by itself
      // The others go on sending here until they have looked again, as each does once a step: what a connection that closes just
      // then takes along was done, or it was not.
      await sleep(stepMs * 1.5);
    },
    end: () => {
      isEnded = true;
      return ended;
    },
  };
}

const waitMs = 10;
