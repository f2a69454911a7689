import type { Span } from "../../kit/law/exchange.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import type { RecoupClauseId } from "./clauses.ts";

/** What a server remembers of a sandbox. What is not known is left out. */
export type RecoupSandboxState = {
  readonly kind: "sandbox";
  /** Who made it, and for which account, where the create was seen. */
  readonly owner?: string;
  readonly account?: string;
  readonly createdIn?: Span;
  readonly createdAt?: string;
  readonly status?: string;
  /** An account whose lists do not show it, where none is named: so they show what that account has, and no more. */
  readonly hiddenFrom?: string;
  /** When its time is up, and when that was told. */
  readonly end?: Span & { readonly toldMs: number; readonly by: "create" | "list" };
};

/** How a message names an account: by its id, or by the key of the run that it belongs to. */
export function accountName(account: string): string {
  return account.startsWith("of ") ? `the account of the ${account.slice(3)} key` : `the account ${account}`;
}

/** What a server remembers of a run. */
export type RunState = {
  readonly kind: "run";
  readonly owner?: string;
  readonly account?: string;
  readonly startedIn?: Span;
  readonly told?: JsonObject;
};

/** What an account keeps for its next sandbox. What is not known is left out. */
export type AccountState = {
  readonly kind: "account";
  /** Its record, null for none, and what made it so. */
  readonly row?: JsonObject | null;
  readonly rowBy?: "update" | "delete" | "set-up";
  /** When its snapshot was set, as far as that was seen. */
  readonly snapshotSetIn?: Span;
  /** The snapshot that a command has left, while nothing else is known of the record. */
  readonly leftByRun?: string;
  /** What its repository holds by path, as bytes in base64, null for no such file. */
  readonly files: Readonly<Record<string, RepositoryFile | null>>;
  /** The repository that was deleted last, and the files that went with it. */
  readonly erased?: Repository;
  /** When that was seen. */
  readonly seenAtMs?: number;
  /** Set-ups under way, since when and until when they may change it at most, what it had, and whether something else has changed it meanwhile. */
  readonly setups: readonly string[];
  readonly busySinceMs?: number;
  readonly busyUntilMs?: number;
  readonly before?: Repository;
  readonly isMixed?: boolean;
  readonly suspects: readonly Suspect[];
};

/** A repository by its URL, and what it holds. */
type Repository = { readonly url: unknown; readonly files: AccountState["files"] };

/** A file's bytes in base64, and its name in git, as far as they are known. */
export type RepositoryFile = { readonly bytes?: string; readonly sha?: string };

/** Something that was refused, and what it would have made of the account. */
export type Suspect = {
  readonly clause: RecoupClauseId;
  readonly what: string;
  /** Members of the record that it would have set; null where it would have deleted the record. */
  readonly set?: JsonObject | null;
  readonly files?: readonly string[];
};

export const unknownAccount: AccountState = { kind: "account", files: {}, setups: [], suspects: [] };

export type RecoupState = RecoupSandboxState | RunState | AccountState;

/** What an exchange says of one of them. */
export type RecoupPart =
  | { readonly kind: "made"; readonly account: string; readonly entry: JsonObject }
  | {
      readonly kind: "listed";
      readonly account: string;
      readonly isNamed: boolean;
      readonly entry: JsonObject;
      readonly isAskedFor: boolean;
    }
  | { readonly kind: "unlisted"; readonly account: string; readonly isNamed: boolean; readonly isAskedFor: boolean }
  | { readonly kind: "started"; readonly account: string }
  | { readonly kind: "run"; readonly run: JsonObject; readonly isAskedFor: boolean; readonly account?: string }
  | { readonly kind: "no run" }
  | { readonly kind: "unlisted run"; readonly account: string }
  | ChangePart
  | { readonly kind: "settled"; readonly run: string; readonly output: JsonObject }
  | { readonly kind: "left"; readonly snapshot: string }
  | { readonly kind: "keeps"; readonly told: JsonObject }
  | { readonly kind: "file"; readonly path: string; readonly bytes: string | null };

/** What is asked of an account. */
export type ChangePart = {
  readonly kind: "change";
  readonly operation: "updateSandboxSnapshot" | "deleteSandboxes" | "setupSandbox" | "uploadSandboxFiles";
  /** What was sent, by what the contract says of it. `open`: servers may read it one way or the other. */
  readonly body: { readonly is: "valid" | "open" | "broken"; readonly json: JsonObject };
  readonly answer: unknown;
};
