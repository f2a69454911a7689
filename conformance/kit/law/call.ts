import type { Exchange } from "./exchange.ts";

/** One request, named by its operation. */
export type ApiCall = {
  readonly operation: string; // operationId
  /** Values for the path's template. `id` has to be one that the run created or made up. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** A body to serialize. */
  readonly json?: unknown;
  /** A body to send as it is, labelled as JSON; instead of `json`. */
  readonly text?: string;
  /** A body that is no text; instead of both. It is recorded as text, as far as it is one. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** Default: the target's own key. */
  readonly credentials?: Credentials;
  /** How the key of `own` or `other` is carried. Default: in the contract's own header. */
  readonly form?: "bearer";
  /** Headers beside the usual ones, or instead of them: names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Whether the contract has this refused, so that nothing comes of it: then it may be sent again where its answer got
   * lost. So it is anyway with a made-up key or none, and for a sandbox of another tenant or one that never was.
   */
  readonly refusable?: boolean;
};

/**
 * `own`: the target's key; `other`: the second tenant's; `none`: no header at all; a value is sent in the key's header as
 * it stands. A function writes the headers itself, from the target's key, which a law is never given: whatever form it
 * makes of it has to hold the key whole, or be one of `near-miss.ts`, so that it is masked.
 */
export type Credentials = "own" | "other" | "none" | { readonly key: string } | WriteCredentials;

/** Writes the headers of a request that carry the key: names in lower case. */
export type WriteCredentials = (key: string) => Readonly<Record<string, string>>;

/** One request to what a sandbox shows of a port. */
export type PreviewCall = {
  readonly id: string;
  readonly port?: number; // default 3000
  /** Whether the host name is written in capital letters. Default: no. */
  readonly inCapitals?: boolean;
  readonly path?: string; // default "/"
  readonly method?: string; // default "GET"
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** What came of asking for a WebSocket: 101 where there is one, with what it sent back of a word said to it. */
export type PreviewSocketAnswer = { readonly status: number; readonly echoed?: string };

/** What the target sent to an address of the run's. */
export type Received = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** An address that the target can reach, and what came there. */
export type Receiver = {
  readonly url: string;
  /** All that came by now, once it is so much; after a while all the same. */
  readonly received: (count: number) => Promise<readonly Received[]>;
};

/** A sandbox that was made for a law, with the answer that told its id. */
export type Created = { readonly id: string; readonly exchange: Exchange; readonly json: unknown };

/** A create that was refused, and the sandbox that it seems to have made all the same. */
export type Stray = {
  readonly exchange: Exchange;
  readonly id: string;
  /** Whether the run has made sure of it, and ended it; else another user of the account may have made it. */
  readonly isProven: boolean;
};
