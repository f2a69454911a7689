/** Anything shaped like `fetch`: a handler can be judged in process, with no socket. */
export type FetchLike = (request: Request) => Response | Promise<Response>;

/**
 * The server under test.
 *
 * Only what the tests of a target need is here; a second tenant's key joins when laws ask for it.
 */
export type Target = {
  /** Base URL without a trailing path of the contract: `http://localhost:4020`. */
  readonly baseUrl: string;
  /** The key to act with. It is masked in everything that leaves the run. */
  readonly key: string;
  /** How requests are sent. Default: the global `fetch`. */
  readonly fetch?: FetchLike;
};
