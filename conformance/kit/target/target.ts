/** Anything shaped like `fetch`: a handler can be judged in process, with no socket. */
export type FetchLike = (request: Request) => Response | Promise<Response>;

/** Certificates in PEM, for a target that asks for one or whose own is of an authority that this machine does not know. */
export type Certificates = {
  /** What the run shows, with its key unless `key` has it. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Whose certificates are trusted. Default: this machine's authorities. */
  readonly ca?: string | undefined;
};

/** The clock of a target that can be moved. */
export type TargetClock = {
  /** Milliseconds since the Unix epoch, by the target. */
  readonly now: () => number | Promise<number>;
  /** Moves it forward by `ms` milliseconds. What it shows then need not be asked for where this hands it back. */
  readonly advance: (ms: number) => number | void | Promise<number | void>;
};

/** The server under test, and what is known of it beforehand. What is not said leaves laws unjudged, never red. */
export type Target = {
  /** Base URL without a trailing path of the contract: `http://localhost:4020`. */
  readonly baseUrl: string;
  /** The key to act with. It is masked in everything that leaves the run. */
  readonly key: string;
  /** A key of another tenant, to whom the first one's sandboxes are none of his business. Masked as well. */
  readonly otherKey?: string | undefined;
  /** Headers for a gateway on the way, sent with every request and shown nowhere. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For a target that asks for a certificate. The key is shown nowhere. */
  readonly certificates?: Certificates | undefined;
  /** Whether nothing but this run uses the accounts of its keys: what appears there is the run's, and is ended. */
  readonly ownAccount?: boolean | undefined;
  /** An account that the key's own may act for. */
  readonly memberAccount?: string | undefined;
  /** An account that the key's own may not act for. */
  readonly foreignAccount?: string | undefined;
  /** The most sandboxes that may run at once, where the target has such a limit. */
  readonly quota?: number | undefined;
  /** What follows `sb-<id>-p<port>.` in the host names of previews. Default: what the target says on creation. */
  readonly previewDomain?: string | undefined;
  /** Where to connect to for previews: a base URL. Default: the target's own address on this machine, else the name. */
  readonly previewVia?: string | undefined;
  /** An address under which the target reaches the run's `webhookPort`. Default: this machine's own, for a target on it. */
  readonly webhookUrl?: string | undefined;
  /** The port of this machine at which a run listens to webhooks. Default: one that is free. */
  readonly webhookPort?: number | undefined;
  /** Commands that a run in the profile `deployment` may have run. Default: a few that print words and end. */
  readonly harmlessCommands?: readonly string[] | undefined;
  /** Companion operations that the target is known not to have. An operation of a seed is never excused. */
  readonly unsupported?: readonly string[] | undefined;
  /** Its clock, where the caller can move it. Default: the control API of Sandglass's mock, where there is one. */
  readonly clock?: TargetClock | undefined;
  /** How requests are sent. Default: the global `fetch`. */
  readonly fetch?: FetchLike | undefined;
};

/** Whether a base URL leads to this machine. */
export function isLoopback(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^127\./.test(hostname);
}
