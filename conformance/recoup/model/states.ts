import type { Span } from "../../kit/law/exchange.ts";
import type { JsonObject } from "../../kit/law/schema.ts";

/** What a server remembers of a sandbox. What is not known is left out. */
export type SandboxState = {
  readonly kind: "sandbox";
  /** Who made it, and for which account, where the create was seen. */
  readonly owner?: string;
  readonly account?: string;
  readonly createdIn?: Span;
  readonly createdAt?: string;
  readonly status?: string;
  /** When its time is up, and when that was told. */
  readonly end?: Span & { readonly toldMs: number; readonly by: "create" | "list" };
};

/** What a server remembers of a run. */
export type RunState = {
  readonly kind: "run";
  readonly owner?: string;
  readonly startedIn?: Span;
  readonly told?: JsonObject;
};

/** What an account keeps for its next sandbox; undefined where it is not known, null for nothing. */
export type AccountState = {
  readonly kind: "account";
  readonly row?: JsonObject | null;
  /** When that was seen. */
  readonly seenAtMs?: number;
  /** Until when a set-up may still change it. */
  readonly busyUntilMs?: number;
};

export type RecoupState = SandboxState | RunState | AccountState;

/** What an exchange says of one of them. */
export type RecoupPart =
  | { readonly kind: "made"; readonly account: string; readonly entry: JsonObject }
  | { readonly kind: "listed"; readonly account: string; readonly entry: JsonObject; readonly isAskedFor: boolean }
  | { readonly kind: "unlisted"; readonly account: string; readonly isAskedFor: boolean }
  | { readonly kind: "started" }
  | { readonly kind: "run"; readonly run: JsonObject; readonly isAskedFor: boolean }
  | { readonly kind: "no run" }
  | { readonly kind: "update"; readonly sent: JsonObject; readonly row: unknown }
  | { readonly kind: "delete" }
  | { readonly kind: "setup" }
  | { readonly kind: "keeps"; readonly told: JsonObject };
