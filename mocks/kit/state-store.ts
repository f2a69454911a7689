/** One thing that a store keeps: of a world or of all, of a kind, under a key. The value is JSON. */
export type Entry = {
  readonly owner: string;
  readonly kind: string;
  readonly key: string;
  readonly value: string;
};

/** A change to what a store keeps. */
export type Change =
  | ({ readonly act: "put" } & Entry)
  | ({ readonly act: "drop" } & Omit<Entry, "value">)
  | { readonly act: "forget"; readonly owner: string }; // all of an owner's entries

/**
 * What outlives the process. It knows entries and nothing of what they mean; the mock reads it once, at its start, and works
 * in memory from then on.
 */
export type StateStore = {
  /** All entries, in the order in which they were first put. */
  readonly entries: () => Iterable<Entry>;
  /**
   * Makes all changes, in their order, or none of them: what it has returned or resolved from outlives the process. One
   * commit is under way at a time.
   *
   * @throws Error where they cannot be kept
   */
  readonly commit: (changes: readonly Change[]) => void | Promise<void>;
  /** Whether no other process can have gone on from what is kept: what was read in memory still stands then. Not there where none ever can. */
  readonly isCertain?: () => boolean;
  readonly close: () => void;
};
