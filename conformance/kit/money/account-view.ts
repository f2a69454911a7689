import type { OwnedSandbox } from "./ledger.ts";

/** A sandbox that a create without an outcome has made, as far as can be told. */
export type MadeSandbox = { readonly create: number; readonly id: string };

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
