import type { Breach, Case } from "./case.ts";
import type { RunContract } from "./contract.ts";
import type { Created, Stray, PreviewCall, PreviewSocketAnswer, Credentials, ApiCall, Receiver } from "./call.ts";
import type { Exchange } from "./exchange.ts";
import type { Need } from "./need.ts";

/** What a check is given: the only way it reaches the target. */
export type LawRun = {
  readonly contract: RunContract;
  readonly send: (call: ApiCall) => Promise<Exchange>;
  /** The id of a sandbox that other laws look at too: leave it as it is. */
  readonly sharedSandbox: (index?: number) => Promise<string>;
  /** The id of a sandbox for this law alone. */
  readonly freshSandbox: () => Promise<string>;
  /**
   * A sandbox for this law alone, made with this body, which should ask for the shortest timeout that the law allows.
   *
   * It ends the check where the target makes none: whether it should have is another law's business.
   */
  readonly create: (body: unknown, credentials?: Credentials) => Promise<Created>;
  /**
   * Looks at the account's list: sandboxes that creates of this check seem to have made though they were refused. Such a
   * sandbox is ended once the run is sure of it. Undefined where the list cannot be read.
   */
  readonly strays: () => Promise<readonly Stray[] | undefined>;
  /** Whether this check has made a sandbox: what happens to others, other laws and other users of the account know. */
  readonly hasMade: (id: string) => boolean;
  /** An id of the right form that no server has handed out. */
  readonly absentId: () => string;
  /** A key that no server knows. */
  readonly unknownKey: () => string;
  /** What the run was told of the target. A law that needs one of these says so in `needs`. */
  readonly inputs: LawInputs;
  /** Whether the run has what a law may need: for a check that can do with less. */
  readonly has: (need: Need) => boolean;
  readonly time: RunTime;
  /** What a scenario has recorded: one that was played for another law, unless this law has to have its own. */
  readonly play: <Recorded>(scenario: Scenario<Recorded>) => Promise<Played<Recorded>>;
  /** One request to the preview of a sandbox of this run. Its `operation` is "preview". */
  readonly preview: (call: PreviewCall) => Promise<Exchange>;
  /** Asks for a WebSocket to the preview of a sandbox of this run. */
  readonly previewSocket: (call: PreviewCall) => Promise<PreviewSocketAnswer>;
  /** Opens an address to which the target can send what it tells of. A law that does so needs `webhook-receiver`. */
  readonly receive: () => Promise<Receiver>;
  /**
   * Ends a check that would cost more sandboxes than the run has left: so many made, so many at once.
   *
   * @throws Unjudged `input-missing`, with the flags that would allow it
   */
  readonly assertAffordable: (cost: { readonly creates: number; readonly alive: number }) => void;
  /** Starts all of them at once, and waits for all to end before it hands back their results or the first failure. */
  readonly together: <Value>(calls: readonly (() => Promise<Value>)[]) => Promise<readonly Value[]>;
  /**
   * Does what does not depend on each other: in this order, and side by side as far as the run leaves room. What is so only on a
   * target that keeps the contract is done one by one where a breach is looked for again (`isAtFirst`), so that a script leads to it.
   */
  readonly beside: <Value>(
    calls: readonly (() => Promise<Value>)[],
    how?: { readonly isAtFirst?: boolean },
  ) => Promise<readonly Value[]>;
  /** Judges generated inputs, shrinking what breaks the law. */
  readonly judgeCases: <Value>(
    cases: readonly Case<Value>[],
    judge: (value: Value) => Promise<Breach | undefined>,
  ) => Promise<Breach | undefined>;
  /** Takes note of how much of the contract's table a check has gone through. */
  readonly noteExplored: (share: ExploredShare) => void;
  /** What a check may take beyond what was planned, to go deeper. */
  readonly spare: () => { readonly creates: number; readonly minutes: number };
  /** Of this law: what is drawn follows from it. */
  readonly seed: number;
};

/** How much of a contract's table was gone through. */
export type ExploredShare = {
  /** States times classes of requests. */
  readonly cells: { readonly covered: number; readonly of: number };
  /** One usual request after another. */
  readonly pairs: { readonly covered: number; readonly of: number };
};

/** Time, as laws have it. */
export type RunTime = {
  /** The target's clock, as well as it is known: milliseconds since the Unix epoch. */
  readonly now: () => number;
  /**
   * Lets so many milliseconds pass on the target's clock.
   *
   * @throws Unjudged where the run may neither move the clock nor wait for so long
   * @throws {@link TransientFailure} where another client has moved the clock meanwhile
   */
  readonly pass: (ms: number) => Promise<void>;
  /** Whether the target's clock is moved, so that nothing waits. */
  readonly controlled: boolean;
  /** How far the target's clock is ahead of ours, by its `Date` headers, in milliseconds. */
  readonly skewMs: number;
  /**
   * How far a time that has passed by `now` may be off, in milliseconds: what it took to read the target's clock, where it
   * is moved; else what the measured skew has moved so far.
   */
  readonly uncertaintyMs: number;
};

/** Facts about the target that cannot be found out by asking it. */
export type LawInputs = {
  /** An account that the key's own may act for. */
  readonly memberAccount?: string;
  /** An account that the key's own may not act for. */
  readonly foreignAccount?: string;
  /** The most sandboxes that may run at once, as the run was told, or as the target said when it refused a create. */
  readonly quota?: number;
};

/**
 * What laws share, since each sandbox costs money: a scripted life of sandboxes whose record they judge, or a sandbox that
 * they look at. It judges nothing, and goes on whatever the target answers.
 */
export type Scenario<Recorded> = {
  readonly name: string; // of its own in the contract
  readonly creates: number; // sandboxes that one playing makes on a target that keeps the contract
  readonly atOnce?: number; // the most of these at once; default: all
  readonly refused?: number; // creates that have to be refused
  /**
   * How long what it makes is kept. `play`: for as long as it is played; a law that reads its record once more, to be sure
   * of a breach, has it played anew. `window`: as long as the laws that are set up together with its first reader. `run`:
   * until its room is needed, or a law saw the target misbehave; its readers only look at it.
   */
  readonly keeps: "play" | "window" | "run";
  /** How old it may be where a law reads it, by the target's clock, in milliseconds. Default: any age. */
  readonly ageMsMax?: number;
  /** @param again - whether it was played before in this run: once a breach was seen, to be sure of it */
  readonly play: (run: LawRun, again: boolean) => Promise<Recorded>;
};

/** What a scenario has recorded, and when it was done, by the target's clock, in milliseconds since the Unix epoch. */
export type Played<Recorded> = { readonly record: Recorded; readonly atMs: number };
