import type { Timers } from "../timers.fixture.ts";

type Status = "pending" | "running" | "stopping" | "stopped";
export type RecoupModelSandbox = {
  readonly id: string;
  readonly account: string;
  readonly createdAtMs: number;
  readonly stopsAtMs: number;
  status: Status;
};
export type RecoupModelAccount = {
  snapshot: string | null;
  expiresAtMs: number | null;
  repo: string | null;
  paths: readonly string[]; // of the repository's files
  createdAtMs: number;
};

const lifeMs = 1_800_000;
const snapshotLifeMs = 7 * 24 * 3_600_000;

/** Recoup as the contract tells it, with timers for each sandbox that fire when it is to change. */
export class RecoupModel {
  readonly sandboxes: RecoupModelSandbox[] = [];
  readonly rows = new Map<string, RecoupModelAccount>(); // by account
  readonly timers: Timers;
  readonly bootMs: number;
  readonly graceMs: number;

  constructor(timers: Timers, bootMs: number, graceMs: number) {
    this.timers = timers;
    this.bootMs = bootMs;
    this.graceMs = graceMs;
  }

  create(account: string, id: string): RecoupModelSandbox {
    const { nowMs } = this.timers;
    const sandbox: RecoupModelSandbox = {
      id,
      account,
      createdAtMs: nowMs,
      stopsAtMs: nowMs + lifeMs,
      status: this.bootMs === 0 ? "running" : "pending",
    };
    this.sandboxes.push(sandbox);
    this.timers.after(this.bootMs, () => (sandbox.status = "running"));
    this.timers.after(lifeMs, () => (sandbox.status = this.graceMs === 0 ? "stopped" : "stopping"));
    this.timers.after(lifeMs + this.graceMs, () => (sandbox.status = "stopped"));
    return sandbox;
  }

  view({ id, status, stopsAtMs, createdAtMs }: RecoupModelSandbox) {
    return {
      sandboxId: id,
      sandboxStatus: status,
      timeout: Math.max(0, stopsAtMs - this.timers.nowMs),
      createdAt: new Date(createdAtMs).toISOString(),
    };
  }

  list(account: string, id: string | undefined) {
    return this.sandboxes
      .filter((sandbox) => sandbox.account === account && (!id || sandbox.id === id))
      .reverse()
      .map((sandbox) => this.view(sandbox));
  }

  patch(account: string, snapshot: string | undefined, repo: string | undefined): void {
    if (snapshot === undefined && repo === undefined) return;
    this.#store(account, this.timers.nowMs, snapshot, repo);
  }

  /** What a run leaves behind at the moment when it is complete; a command keeps the repository that there is. */
  completeRun(account: string, atMs: number, left: { snapshot: string; repo?: string; written: string[] }): void {
    const repo = left.repo ?? this.rows.get(account)?.repo ?? `https://github.com/sandglass/${account}`;
    this.#store(account, atMs, left.snapshot, repo);
    const row = this.rows.get(account)!;
    const first = row.paths.includes("README.md") ? [] : ["README.md"];
    row.paths = [...first, ...row.paths.filter((path) => !left.written.includes(path)), ...left.written];
  }

  row(account: string) {
    const row = this.rows.get(account);
    if (row === undefined) return null;
    return {
      account_id: account,
      snapshot_id: row.snapshot,
      expires_at: row.expiresAtMs === null ? null : new Date(row.expiresAtMs).toISOString(),
      github_repo: row.repo,
      created_at: new Date(row.createdAtMs).toISOString(),
    };
  }

  #store(account: string, atMs: number, snapshot: string | undefined, repo: string | undefined): void {
    const row = this.rows.get(account) ?? {
      snapshot: null,
      expiresAtMs: null,
      repo: null,
      paths: [],
      createdAtMs: atMs,
    };
    if (snapshot !== undefined) {
      row.snapshot = snapshot;
      row.expiresAtMs = atMs + snapshotLifeMs;
    }
    if (repo !== undefined) row.repo = repo;
    this.rows.set(account, row);
  }
}
