import type { Cancel, Timers } from "../timers.fixture.ts";

/** What the reference model answers: the status and, where it matters, the body. */
export type OpenComputerModelAnswer = { readonly status: number; readonly body?: unknown; readonly error?: string };

export type OpenComputerModelSandbox = {
  readonly id: string;
  readonly owner: string;
  readonly startedAtMs: number;
  status: "running" | "hibernated" | "stopped";
  timeoutS: number;
  token: string | undefined;
  tags: Record<string, string>;
  tagsAtMs: number | undefined;
  ports: number[];
  idle: Cancel;
};

const ok = (body?: unknown): OpenComputerModelAnswer => ({ status: 200, body });
const unknown: OpenComputerModelAnswer = { status: 404, error: "sandbox not found" };

/**
 * OpenComputer as the contract tells it, with a timer for each sandbox that fires when it has been idle for long enough.
 * It shares nothing with the mock: ids and tokens, which only a server can choose, are told to it.
 */
export class OpenComputerModel {
  readonly sandboxes: OpenComputerModelSandbox[] = [];
  readonly timers: Timers;
  readonly quota: number;

  constructor(timers: Timers, quota: number) {
    this.timers = timers;
    this.quota = quota;
  }

  running(owner: string): OpenComputerModelSandbox[] {
    return this.sandboxes.filter((sandbox) => sandbox.owner === owner && sandbox.status === "running").reverse();
  }

  refuseCreate(
    owner: string,
    timeoutS: number | undefined,
    token: string | undefined,
  ): OpenComputerModelAnswer | undefined {
    if (timeoutS !== undefined && timeoutS < 0) {
      return { status: 400, error: "timeout must be non-negative (0 = no timeout)" };
    }
    if (token !== undefined && token !== "" && token !== "auto" && token.length < 16) {
      return {
        status: 400,
        error: 'previewAuth.token must be omitted, "auto", or a string of at least 16 characters',
      };
    }
    const active = this.running(owner).length;
    if (active < this.quota) return undefined;
    const error = `concurrent sandbox limit reached (${active}/${this.quota}) — hibernate or delete one before creating another`;
    return { status: 429, error, body: { error, active, limit: this.quota } };
  }

  create(owner: string, id: string, timeoutS = 300, token?: string): void {
    const startedAtMs = this.timers.nowMs;
    const sandbox: OpenComputerModelSandbox = {
      id,
      owner,
      startedAtMs,
      status: "running",
      timeoutS,
      token,
      tags: {},
      tagsAtMs: undefined,
      ports: [],
      idle: () => undefined,
    };
    this.sandboxes.push(sandbox);
    this.#rearm(sandbox);
  }

  kill(owner: string, id: string): OpenComputerModelAnswer {
    return this.#on(owner, id, (sandbox) => {
      sandbox.status = "stopped";
      sandbox.ports = [];
      sandbox.idle();
      return { status: 204 };
    });
  }

  setTimeout(owner: string, id: string, timeoutS: number): OpenComputerModelAnswer {
    if (timeoutS < 0) return { status: 400, error: "timeout must be non-negative (0 = no timeout)" };
    return this.#on(owner, id, (sandbox) => {
      if (sandbox.status === "stopped") return { status: 410, error: `sandbox ${id} has been stopped` };
      sandbox.timeoutS = timeoutS;
      if (sandbox.status === "running") this.#rearm(sandbox);
      return { status: 204 };
    });
  }

  hibernate(owner: string, id: string): OpenComputerModelAnswer {
    return this.#on(owner, id, (sandbox) => {
      if (sandbox.status === "stopped") return { status: 400, error: "sandbox is not running" };
      this.#sleep(sandbox);
      return ok({ sandboxID: id, status: "hibernated" });
    });
  }

  wake(owner: string, id: string, timeoutS: number | undefined): OpenComputerModelAnswer {
    const answer = this.#on(owner, id, (sandbox) => {
      if (sandbox.status !== "hibernated") return { status: 404, error: "no active hibernation found" };
      sandbox.timeoutS = timeoutS ?? sandbox.timeoutS;
      this.#rise(sandbox);
      return ok();
    });
    return answer === unknown ? { status: 404, error: "sandbox session not found" } : answer;
  }

  readTags(owner: string, id: string): OpenComputerModelAnswer {
    return this.#on(owner, id, (sandbox) => ok(this.#viewTags(sandbox)));
  }

  putTags(owner: string, id: string, tags: Record<string, string>): OpenComputerModelAnswer {
    return this.#on(owner, id, (sandbox) => {
      sandbox.tags = tags;
      sandbox.tagsAtMs = Object.keys(tags).length > 0 ? this.timers.nowMs : undefined;
      return ok(this.#viewTags(sandbox));
    });
  }

  listPort(owner: string, id: string, port: number): OpenComputerModelAnswer {
    return this.#on(owner, id, (sandbox) => {
      if (sandbox.status !== "running") return { status: 400, error: "sandbox is not running or not found" };
      if (sandbox.ports.includes(port)) return { status: 200 };
      sandbox.ports = [...sandbox.ports, port].sort((one, other) => one - other);
      return { status: 201 };
    });
  }

  dropPort(owner: string, id: string, port: number): OpenComputerModelAnswer {
    return this.#on(owner, id, (sandbox) => {
      if (!sandbox.ports.includes(port)) return { status: 404, error: "no preview URL for this port" };
      sandbox.ports = sandbox.ports.filter((listed) => listed !== port);
      return { status: 204 };
    });
  }

  refuseRotation(owner: string, id: string): OpenComputerModelAnswer | undefined {
    const answer = this.#on(owner, id, ({ status }) =>
      status === "stopped" ? { status: 410, error: `sandbox ${id} not found or not in a settable state` } : ok(),
    );
    return answer.status === 200 ? undefined : answer;
  }

  rotate(id: string, token: string): void {
    this.sandboxes.find((sandbox) => sandbox.id === id)!.token = token;
  }

  /** A request to a port, with the tokens that its two headers present. */
  askPreview(id: string, own: string | undefined, bearer: string | undefined): OpenComputerModelAnswer {
    const sandbox = this.sandboxes.find((candidate) => candidate.id === id);
    if (sandbox === undefined) return { status: 404, error: `sandbox ${id} not found` };
    const presented = own ?? bearer;
    if (sandbox.token !== undefined) {
      if (presented === undefined) return { status: 401, error: "preview URL requires authentication" };
      if (presented !== sandbox.token) return { status: 401, error: "invalid preview token" };
    }
    if (sandbox.status === "stopped") return { status: 410, error: `sandbox ${id} has been stopped` };
    this.#rise(sandbox);
    return ok();
  }

  find(owner: string, id: string): OpenComputerModelSandbox | undefined {
    return this.sandboxes.find((sandbox) => sandbox.id === id && sandbox.owner === owner);
  }

  #on(
    owner: string,
    id: string,
    act: (sandbox: OpenComputerModelSandbox) => OpenComputerModelAnswer,
  ): OpenComputerModelAnswer {
    const sandbox = this.find(owner, id);
    return sandbox === undefined ? unknown : act(sandbox);
  }

  #viewTags({ tags, tagsAtMs }: OpenComputerModelSandbox) {
    return { tags, tagsLastUpdatedAt: wholeSeconds(tagsAtMs) };
  }

  #rearm(sandbox: OpenComputerModelSandbox): void {
    sandbox.idle();
    sandbox.idle =
      sandbox.timeoutS === 0
        ? () => undefined
        : this.timers.after(sandbox.timeoutS * 1_000, () => this.#sleep(sandbox));
  }

  #sleep(sandbox: OpenComputerModelSandbox): void {
    sandbox.idle();
    sandbox.status = "hibernated";
  }

  #rise(sandbox: OpenComputerModelSandbox): void {
    sandbox.status = "running";
    this.#rearm(sandbox);
  }
}

/** A time as tags have it. */
export function wholeSeconds(ms: number | undefined): string | null {
  return ms === undefined ? null : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
