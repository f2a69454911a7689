/** What a server was like some time ago, for lists that lag behind. */
export class Past<State extends object> {
  readonly #now: () => number;
  readonly #lagMs: number;
  #noted: { readonly atMs: number; readonly state: State }[] = [];

  constructor(now: () => number, lagMs: number) {
    this.#now = now;
    this.#lagMs = lagMs;
  }

  /** Takes a copy of what a request has left. */
  note(copy: () => State): void {
    if (this.#lagMs > 0) this.#noted.push({ atMs: this.#now(), state: copy() });
  }

  /** The time that lists tell of. */
  readonly then = (): number => this.#now() - this.#lagMs;

  /** The server with what it had then; `before` any request. */
  of<Server extends State>(server: Server, before: State): Server {
    if (this.#lagMs === 0) return server;
    const at = this.#noted.findLastIndex(({ atMs }) => atMs <= this.then());
    this.#noted = this.#noted.slice(Math.max(0, at));
    return Object.assign(Object.create(server) as Server, at < 0 ? before : this.#noted[0]!.state);
  }
}
