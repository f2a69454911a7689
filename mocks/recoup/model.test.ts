import fc from "fast-check";
import { expect, test } from "vitest";
import type { Tenant, World } from "../kit/world.ts";
import { createMock } from "../mock.ts";
import { Timers } from "../timers.fixture.ts";
import { RecoupModel } from "./reference-model.fixture.ts";

const name = fc.constantFrom("ada", "bob", "eve");
const account = fc.constantFrom(undefined, undefined, undefined, "ada", "bob", "eve", "UNKNOWN", "not-a-uuid");
const text = fc.constantFrom(undefined, undefined, undefined, "x", " ", "");

const step = fc.oneof(
  fc.record({
    kind: fc.constant("create" as const),
    name,
    account,
    command: text,
    prompt: text,
    args: fc.constantFrom(undefined, [], ["-l"], "-l", ["-l", 1]),
  }),
  fc.record({
    kind: fc.constant("list" as const),
    name,
    account,
    target: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant("patch" as const),
    name,
    account,
    snapshotId: text,
    repo: fc.constantFrom(undefined, "https://github.com/a/b", "b"),
  }),
  fc.record({ kind: fc.constantFrom("delete" as const, "setup" as const), name, account }),
  fc.record({
    kind: fc.constant("runs" as const),
    name,
    account,
    limit: fc.constantFrom(undefined, "1", "0", "101", "1.5", "x", ""),
  }),
  fc.record({ kind: fc.constant("readRun" as const), name, target: fc.nat({ max: 5 }) }),
  fc.record({
    kind: fc.constant("advance" as const),
    ms: fc.oneof(fc.constantFrom(399, 400, 401, 1_799_599, 1_799_999, 1_800_000, 1_999, 2_000), fc.nat({ max: 4_000 })),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type Of<K extends Step["kind"]> = Extract<Step, { kind: K }>;
type Json = Record<string, unknown>;
type ToyRun = {
  readonly id: string;
  readonly account: string;
  readonly setup: boolean;
  readonly written: string[]; // what its command leaves in the repository
  rank: number;
};

const mock = createMock({ seed: "model" });
const startMs = Date.UTC(2026, 2, 1, 12);
const ranks = ["QUEUED", "EXECUTING", "COMPLETED"];

/** One run: the mock's world and the reference model side by side. */
class Run {
  readonly model: RecoupModel;
  readonly world: World;
  readonly runs: ToyRun[] = [];

  constructor(bootLatencyMs: number, stopGraceMs: number) {
    this.model = new RecoupModel(new Timers(startMs), bootLatencyMs, stopGraceMs);
    this.world = mock.createWorld({ clockScale: 0, startMs, settings: { bootLatencyMs, stopGraceMs } });
  }

  tenant(of: string): Tenant {
    return this.world.tenants.find((tenant) => tenant.contract === "recoup" && tenant.name === of)!;
  }

  idOf(of: string | undefined): string | undefined {
    if (of === "UNKNOWN") return "99999999-9999-4999-8999-999999999999";
    return of === undefined || of === "not-a-uuid" ? of : this.tenant(of).id;
  }

  /** The account that a caller may name, or the status that refuses it. */
  resolve(caller: string, named: string | undefined): string | 400 | 403 {
    if (named === "not-a-uuid") return 400;
    const wanted = named ?? caller;
    const reach = caller === "eve" ? ["eve"] : ["ada", "bob"];
    return reach.includes(wanted) ? this.tenant(wanted).id : 403;
  }

  async send(of: string, method: string, path: string, body?: object) {
    const { key } = this.tenant(of);
    const headers: Record<string, string> = of === "bob" ? { authorization: `Bearer ${key}` } : { "x-api-key": key };
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await mock.fetch("recoup", new Request(`http://mock${path}`, { method, headers, ...json }));
    return { status: response.status, body: JSON.parse(await response.text()) as Json };
  }

  refused(answer: { status: number; body: Json }, status: number, error?: string, fields?: unknown[]): void {
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      status: "error",
      error: error ?? (status === 403 ? "Access denied to specified account_id" : "account_id must be a valid UUID"),
      ...(fields === undefined ? {} : { missing_fields: fields }),
    });
  }

  async take(taken: Step): Promise<void> {
    if (taken.kind === "advance") return this.advance(taken.ms);
    if (taken.kind === "create") return this.create(taken);
    if (taken.kind === "list") return this.list(taken);
    if (taken.kind === "patch") return this.patch(taken);
    if (taken.kind === "runs") return this.listRuns(taken);
    if (taken.kind === "readRun") return this.readRun(taken);
    const { name: who, account: named } = taken;
    const accountId = this.idOf(named);
    const body = accountId === undefined ? undefined : { account_id: accountId };
    const resolved = this.resolve(who, named);
    if (taken.kind === "delete") {
      const answer = await this.send(who, "DELETE", "/api/sandboxes", body);
      if (typeof resolved === "number") return this.refuseAccount(answer, resolved);
      expect(answer).toEqual({ status: 200, body: { status: "success", deleted_snapshot: this.model.row(resolved) } });
      this.model.rows.delete(resolved);
    } else {
      const answer = await this.send(who, "POST", "/api/sandboxes/setup", body);
      if (typeof resolved === "number") return this.refuseAccount(answer, resolved);
      expect(answer).toEqual({
        status: 200,
        body: { status: "success", runId: expect.stringMatching(/^run_/) as string },
      });
      this.runs.push({ id: answer.body["runId"] as string, account: resolved, setup: true, written: [], rank: 0 });
    }
  }

  refuseAccount(answer: { status: number; body: Json }, status: number): void {
    if (status === 400) this.refused(answer, 400, undefined, ["account_id"]);
    else this.refused(answer, 403);
  }

  async create({ name: who, account: named, command, prompt, args }: Of<"create">): Promise<void> {
    const answer = await this.send(who, "POST", "/api/sandboxes", {
      account_id: this.idOf(named),
      command,
      args,
      prompt,
    });
    const resolved = this.resolve(who, named);
    // Broken fields come in the order of the schema's document, so only what is refused is compared, not which of them.
    const broken =
      resolved === 400 || command === "" || prompt === "" || args === "-l" || (Array.isArray(args) && args[1] === 1);
    if (broken || (command !== undefined && prompt !== undefined)) {
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ status: "error", missing_fields: expect.any(Array) as unknown });
      if (!broken) this.refused(answer, 400, "Cannot specify both command and prompt", ["prompt"]);
      return;
    }
    if (typeof resolved === "number") return this.refused(answer, resolved);
    expect(answer.status).toBe(200);
    const [sandbox] = answer.body["sandboxes"] as Json[];
    const made = this.model.create(resolved, sandbox!["sandboxId"] as string);
    const runs = command !== undefined || prompt !== undefined;
    expect(answer.body).toEqual({
      status: "success",
      sandboxes: [{ ...this.model.view(made), ...(runs ? { runId: expect.stringMatching(/^run_/) as string } : {}) }],
    });
    const written = prompt === undefined ? [] : ["NOTES.md"];
    if (runs) this.runs.push({ id: sandbox!["runId"] as string, account: resolved, setup: false, written, rank: 0 });
  }

  async list({ name: who, account: named, target }: Of<"list">): Promise<void> {
    const query = new URLSearchParams();
    const accountId = this.idOf(named);
    if (accountId !== undefined) query.set("account_id", accountId);
    const id =
      target === 0 ? "" : target === undefined ? undefined : (this.model.sandboxes[target - 1]?.id ?? "sbx_none");
    if (id !== undefined) query.set("sandbox_id", id);
    const answer = await this.send(who, "GET", `/api/sandboxes?${query.toString()}`);
    const resolved = this.resolve(who, named);
    if (typeof resolved === "number") return this.refused(answer, resolved);
    const row = this.model.row(resolved);
    const { paths = [] } = this.model.rows.get(resolved) ?? {};
    expect(answer).toEqual({
      status: 200,
      body: {
        status: "success",
        sandboxes: this.model.list(resolved, id),
        snapshot_id: row?.snapshot_id ?? null,
        github_repo: row?.github_repo ?? null,
        filetree: row?.github_repo ? paths.map((path) => expect.objectContaining({ path }) as unknown) : null,
      },
    });
  }

  async patch({ name: who, account: named, snapshotId, repo }: Of<"patch">): Promise<void> {
    const body = { account_id: this.idOf(named), snapshotId, github_repo: repo };
    const answer = await this.send(who, "PATCH", "/api/sandboxes", body);
    const resolved = this.resolve(who, named);
    if (resolved === 400 || snapshotId === "" || repo === "b") return expect(answer.status).toBe(400);
    if (typeof resolved === "number") return this.refused(answer, resolved);
    this.model.patch(resolved, snapshotId, repo);
    expect(answer).toEqual({ status: 200, body: this.model.row(resolved) });
  }

  async listRuns({ name: who, account: named, limit }: Of<"runs">): Promise<void> {
    const query = new URLSearchParams(limit === undefined ? {} : { limit });
    const accountId = this.idOf(named);
    if (accountId !== undefined) query.set("account_id", accountId);
    const answer = await this.send(who, "GET", `/api/tasks/runs?${query.toString()}`);
    const resolved = this.resolve(who, named);
    const limitText: Record<string, string> = {
      "0": "Too small: expected number to be >=1",
      "": "Too small: expected number to be >=1",
      "101": "Too big: expected number to be <=100",
      "1.5": "Invalid input: expected int, received number",
      x: "Invalid input: expected number, received NaN",
    };
    if (limit !== undefined && limit !== "1") return this.refused(answer, 400, limitText[limit]);
    if (typeof resolved === "number") return this.refused(answer, resolved);
    const ids = this.runs.filter((run) => run.account === resolved).map(({ id }) => id);
    const listed = answer.body["runs"] as Json[];
    expect(listed.map(({ id }) => id)).toEqual(ids.reverse().slice(0, limit === "1" ? 1 : 20));
    for (const run of listed)
      expect(["payload", "output", "error", "attempts"].some((field) => field in run)).toBe(false);
  }

  async readRun({ name: who, target }: Of<"readRun">): Promise<void> {
    const run = this.runs[target];
    const answer = await this.send(who, "GET", `/api/tasks/runs?runId=${run?.id ?? "run_none"}`);
    const reach = who === "eve" ? ["eve"] : ["ada", "bob"];
    if (run === undefined || !reach.some((near) => this.tenant(near).id === run.account)) {
      return this.refused(answer, 404, "Task run not found");
    }
    this.judgeRun(run, (answer.body["runs"] as Json[])[0]!);
  }

  // How long a run takes is the server's own business; that it goes one way, and when it did so, is not.
  judgeRun(run: ToyRun, seen: Json): { completedAtMs: number | undefined } {
    const rank = ranks.indexOf(seen["status"] as string);
    expect(rank).toBeGreaterThanOrEqual(run.rank);
    run.rank = rank;
    const at = (field: string) => (seen[field] == null ? undefined : Date.parse(seen[field] as string));
    const times = [at("createdAt")!, at("startedAt"), at("finishedAt")].slice(0, rank + 1);
    expect(times.every((time) => time !== undefined && time <= this.model.timers.nowMs)).toBe(true);
    expect(times).toEqual([...times].sort((one, other) => one! - other!));
    expect([at("updatedAt"), at("startedAt") === undefined, at("finishedAt") === undefined]).toEqual([
      times.at(-1),
      rank < 1,
      rank < 2,
    ]);
    expect("output" in seen).toBe(rank === 2);
    return { completedAtMs: at("finishedAt") };
  }

  async advance(ms: number): Promise<void> {
    this.model.timers.advance(ms);
    this.world.clock.advance(ms);
    const finished: { atMs: number; run: ToyRun; output: Json }[] = [];
    for (const run of this.runs.filter(({ rank }) => rank < 2)) {
      const owner = this.world.tenants.find(({ id }) => id === run.account)!.name;
      const { body } = await this.send(owner, "GET", `/api/tasks/runs?runId=%20${run.id}%20`);
      const [seen] = body["runs"] as Json[];
      const { completedAtMs } = this.judgeRun(run, seen!);
      if (completedAtMs !== undefined) finished.push({ atMs: completedAtMs, run, output: seen!["output"] as Json });
    }
    finished.sort((one, other) => one.atMs - other.atMs);
    for (const { atMs, run, output } of finished) {
      const { account: of, written, setup } = run;
      const snapshot = (setup ? output["snapshotId"] : (output["snapshot"] as Json)["id"]) as string;
      const repository = setup ? { repo: output["githubRepo"] as string } : {};
      this.model.completeRun(of, atMs, { snapshot, ...repository, written });
    }
  }
}

const seed = 20_261_127;

test(
  `1,000 random sequences agree with a reference model that runs on timers (seed ${seed})`,
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 400),
        fc.constantFrom(0, 2_000),
        fc.array(step, { maxLength: 20, size: "max" }),
        async (bootMs, graceMs, steps) => {
          const run = new Run(bootMs, graceMs);
          for (const taken of steps) {
            await run.take(taken);
            const near = "name" in taken && taken.name !== "eve" ? taken.name : "ada";
            await run.list({ kind: "list", name: near, account: near, target: undefined });
          }
          await run.advance(60_000);
          expect(run.runs.every(({ rank }) => rank === 2)).toBe(true);
          for (const who of ["ada", "bob", "eve"] as const) {
            await run.list({ kind: "list", name: who, account: undefined, target: undefined });
          }
          mock.universe.delete(run.world);
        },
      ),
      { seed, numRuns: 1_000 },
    );
  },
);
