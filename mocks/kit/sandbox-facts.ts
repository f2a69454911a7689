import type { StoredRecord } from "./table.ts";
import type { Tenant, TableName, World } from "./world.ts";

/** A state of a sandbox that time alone brings, from when on, and by which rule. */
export type TimedState = {
  /** The state, in the contract's word for it. */
  readonly state: string;
  /** From when on, by the world's clock, in milliseconds since the Unix epoch. */
  readonly fromMs: number;
  /** The rule that brings it. */
  readonly rule: string;
};

/** A stretch of time by the world's clock, in milliseconds since the Unix epoch. */
export type Span = { readonly fromMs: number; readonly toMs: number };

/** What a sandbox is at one time, as people are told. */
type SandboxAt = {
  readonly state: string;
  readonly timed: readonly TimedState[]; // oldest first, past and to come
  readonly gated?: boolean; // whether its previews ask for a token
  readonly ports?: readonly number[];
  readonly tags?: Readonly<Record<string, string>>;
};

/** What there is to know of a contract's sandboxes, for an inspector and a log. */
export type SandboxFacts<R extends StoredRecord = StoredRecord> = {
  readonly table: TableName<R>;
  readonly idPattern: RegExp; // finds an id in a text
  readonly firstState: string;
  readonly stateAfter: Readonly<Record<string, string>>; // the state that a call leaves a sandbox in, by operationId
  at(this: void, record: R, nowMs: number): SandboxAt; // a method, so that facts of known records are facts
  /** When a sandbox ran up to now, and when it was stored as hibernated. One that still is ends now. */
  spansOf(
    this: void,
    record: R,
    nowMs: number,
  ): { readonly running: readonly Span[]; readonly hibernated: readonly Span[] };
  /** Whether it costs on until a call ends it. */
  isLeak(this: void, record: R, nowMs: number): boolean;
  quotaOf?(this: void, world: Pick<World, "settings">, tenant: Tenant): number | null;
};
