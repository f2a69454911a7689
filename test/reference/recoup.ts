import { randomBytes } from "node:crypto";
import { addFault } from "./faults/fault.ts";
import { heldOutRecoupFaults } from "./faults/held-out/recoup.ts";
import { recoupFaults } from "./faults/recoup.ts";
import { Fault, isJsonType, Members, parseJson } from "./checks.ts";
import { Refusal, serve } from "./http.ts";
import type { Answer, Asked, Gateway, Running } from "./http.ts";
import { Past } from "./past.ts";
import { download, Repository } from "./recoup-repository.ts";
import { Runs } from "./recoup-runs.ts";
import { readCreate, readUuid } from "./recoup-requests.ts";

/** How the reference server behaves where the contract leaves a choice. */
export type RecoupOptions = {
  /** Milliseconds since the Unix epoch. Default: the machine's time. */
  readonly now?: () => number;
  /** Forgive what real servers forgive, and do as they do where no source is binding. */
  readonly lenient?: boolean;
  /** The id of one fault to have, of those in `faults/recoup.ts` and `faults/held-out/recoup.ts`. Default: none. */
  readonly fault?: string;
  /** List, with no account named, what all of the caller's organisation has. */
  readonly listsMembers?: boolean;
  /** Lists what there was so long ago, in milliseconds. Default 0. */
  readonly listsLagMs?: number;
  /** What stands before it. Default: nothing. */
  readonly gateway?: Gateway;
};

/** The callers that it knows: Ada and Bob share an organisation, Eve is a stranger. */
export const recoupCallers = {
  ada: { key: "reference-ada-19c4", account: "0ada0000-1111-4222-8333-000000000001", organisation: "engine" },
  bob: { key: "reference-bob-73e8", account: "0b0b0000-1111-4222-9333-000000000002", organisation: "engine" },
  eve: { key: "reference-eve-a6d0", account: "0e0e0000-1111-4222-a333-000000000003", organisation: "garden" },
} as const;

/** One of the callers. */
export type Caller = (typeof recoupCallers)[keyof typeof recoupCallers];
type Sandbox = { readonly id: string; readonly account: string; readonly createdAtMs: number };
type Row = {
  readonly account_id: string;
  snapshot_id: string | null;
  expires_at: string | null;
  github_repo: string | null;
  readonly created_at: string;
};

type Listed = Pick<Recoup, "sandboxes" | "rows" | "runs">;

const callers: readonly Caller[] = Object.values(recoupCallers);
/** How long a sandbox boots, lives, and takes to stop: as seen, and as no source forbids. */
const spans = {
  seen: { bootMs: 300, lifeMs: 1_800_000, graceMs: 1_500 },
  lenient: { bootMs: 20_000, lifeMs: 600_000, graceMs: 0 },
};
const snapshotLifeMs = 604_800_000;

/**
 * The Recoup API, written from its contract alone and as plainly as it goes. Nothing in it is private, so that a fault can
 * change one step and leave the rest as it is.
 */
export class Recoup {
  readonly now: () => number;
  readonly lenient: boolean;
  readonly listsMembers: boolean;
  readonly sandboxes: Sandbox[] = [];
  readonly rows = new Map<string, Row>();
  readonly repositories = new Map<string, Repository>();
  readonly runs: Runs;
  readonly past: Past<Listed>;

  constructor({ now = Date.now, lenient = false, listsMembers = false, listsLagMs = 0 }: RecoupOptions) {
    this.past = new Past(now, listsLagMs);
    this.listsMembers = listsMembers;
    this.now = now;
    this.lenient = lenient;
    this.runs = new Runs(now, lenient);
  }

  readonly answer = async (asked: Asked): Promise<Answer> => {
    const { headers, ...answer } = await this.respond(asked);
    const open = { "access-control-allow-origin": "*" };
    return { ...answer, headers: this.lenient ? { ...headers } : { ...open, ...headers } };
  };

  async respond(asked: Asked): Promise<Answer> {
    try {
      this.finishSetups();
      if (asked.method === "OPTIONS") return this.preflight();
      return await this.operate(asked);
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      if (!(error instanceof Fault)) throw error;
      return { status: 400, body: { status: "error", missing_fields: error.path, error: error.message } };
    } finally {
      this.past.note(() => ({
        sandboxes: [...this.sandboxes],
        rows: new Map([...this.rows].map(([account, row]) => [account, { ...row }])),
        runs: this.runs.copy(),
      }));
    }
  }

  asListed(): Recoup {
    return this.past.of<Recoup>(this, { sandboxes: [], rows: new Map(), runs: new Runs(this.now, this.lenient) });
  }

  preflight(): Answer {
    const headers = {
      "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS, PATCH",
      "access-control-allow-headers": "Content-Type, Authorization, X-Requested-With, x-api-key",
    };
    return { status: 200, headers };
  }

  operate(asked: Asked): Answer | Promise<Answer> {
    // Servers were seen to judge the account's form before the credentials.
    if (this.lenient && asked.method !== "GET" && asked.body !== "too large") {
      const sent = parseJson(asked.body)?.value;
      if (isMembers(sent)) this.account(new Members(sent));
    }
    switch (`${asked.method} /${asked.path.join("/")}`) {
      case "POST /api/sandboxes":
        return this.create(asked, this.authenticate(asked));
      case "GET /api/sandboxes":
        return this.asListed().list(asked, this.authenticate(asked));
      case "PATCH /api/sandboxes":
        return this.update(asked, this.authenticate(asked));
      case "DELETE /api/sandboxes":
        return this.delete(asked, this.authenticate(asked));
      case "POST /api/sandboxes/setup":
        return this.setup(asked, this.authenticate(asked));
      case "GET /api/sandboxes/file":
        return this.readFile(asked, this.authenticate(asked));
      case "POST /api/sandboxes/files":
        return this.upload(asked, this.authenticate(asked));
      case "GET /api/accounts/id":
        return { status: 200, body: { status: "success", accountId: this.authenticate(asked).account } };
      case "GET /api/tasks/runs":
        return this.listRuns(asked, this.authenticate(asked));
      default:
        throw refuse(404, "not found");
    }
  }

  /** Exactly one credential, an empty header counting as none. */
  authenticate({ headers }: Asked): Caller {
    const key = headers["x-api-key"]?.toString() ?? "";
    const authorization = headers.authorization ?? "";
    if ((key === "") === (authorization === "")) {
      throw refuse(401, "Exactly one of x-api-key or Authorization must be provided");
    }
    const shown = key === "" ? /^bearer +(.+)$/i.exec(authorization)?.[1] : key;
    const caller = callers.find((each) => each.key === shown);
    if (caller === undefined) throw refuse(401, "Unauthorized");
    return caller;
  }

  /** The account that a request is for: the caller's, or one of the same organisation. */
  reach(caller: Caller, wanted: string | undefined): string {
    if (wanted === undefined) return caller.account;
    const found = callers.find(({ account }) => account === wanted.toLowerCase());
    if (found?.organisation !== caller.organisation) throw refuse(403, "Access denied to specified account_id");
    return found.account;
  }

  /** A body of an operation that takes what is not JSON for `{}`. */
  anyBody({ body }: Asked): Members {
    if (body === "too large") throw refuse(413, "Request body too large");
    return new Members(parseJson(body) === undefined ? {} : parseJson(body)?.value);
  }

  /** A body of an operation that wants JSON. */
  jsonBody({ body, headers }: Asked): Members {
    if (body === "too large") throw refuse(413, "Request body too large");
    const parsed = this.lenient || isJsonType(headers["content-type"]) ? parseJson(body) : undefined;
    if (parsed === undefined) throw new Fault("Request body must be valid JSON", []);
    return new Members(parsed.value);
  }

  account(body: Members): string | undefined {
    return readUuid(body, this.lenient);
  }

  create(asked: Asked, caller: Caller): Answer {
    const isEmpty = asked.body.length === 0;
    const body = this.lenient && isEmpty ? new Members({}) : this.jsonBody(asked);
    const wanted = readCreate(body, this.lenient);
    const account = this.reach(caller, wanted.account);
    const id = `${this.lenient ? "box " : "sbx_"}${randomBytes(8).toString("hex")}`;
    const sandbox = { id, account, createdAtMs: this.now() };
    this.sandboxes.unshift(sandbox);
    const run = wanted.payload && this.runs.start("run-sandbox-command", account, { ...wanted.payload, sandboxId: id });
    const shown = { ...this.show(sandbox), ...(run === undefined ? {} : { runId: run }) };
    // The account's members may stand here too.
    const more = this.lenient ? this.keeps(account) : {};
    return { status: 200, body: { status: "success", sandboxes: [shown], ...more } };
  }

  show({ id, createdAtMs }: Sandbox): Record<string, unknown> {
    const ageMs = this.now() - createdAtMs;
    const { bootMs, lifeMs, graceMs } = this.lenient ? spans.lenient : spans.seen;
    const early = ageMs >= bootMs ? "running" : "pending";
    const late = ageMs >= lifeMs + graceMs ? "stopped" : "stopping";
    return {
      sandboxId: id,
      sandboxStatus: ageMs < lifeMs ? early : late,
      timeout: Math.max(0, lifeMs - ageMs),
      createdAt: this.instant(createdAtMs),
    };
  }

  /** How finely a second is told is left open. */
  instant(ms: number): string {
    const instant = new Date(ms).toISOString();
    return this.lenient ? instant.replace(/\.\d+/, "") : instant;
  }

  /** What an account has for its next sandbox. */
  keeps(account: string): Record<string, unknown> {
    const row = this.rows.get(account);
    return {
      snapshot_id: row?.snapshot_id ?? null,
      github_repo: row?.github_repo ?? null,
      filetree: this.repositories.get(account)?.tree() ?? null,
    };
  }

  list({ query }: Asked, caller: Caller): Answer {
    const account = this.reach(caller, this.account(fromQuery(query, ["account_id"])));
    const id = query.get("sandbox_id") ?? "";
    const isShown = this.listsMembers && !query.has("account_id") ? colleaguesOf(caller) : [account];
    const own = this.sandboxes.filter((each) => isShown.includes(each.account) && (id === "" || each.id === id));
    const sandboxes = own.map((each) => this.show(each));
    const answer = { status: "success", sandboxes, ...this.keeps(account) };
    if (!this.lenient) return { status: 200, body: answer };
    // The order was only seen, and the vendor's own document leaves what is not set out.
    const told = Object.entries({ ...answer, sandboxes: sandboxes.reverse() }).filter(([, value]) => value !== null);
    return { status: 200, body: Object.fromEntries(told) };
  }

  update(asked: Asked, caller: Caller): Answer {
    const body = this.anyBody(asked);
    const wanted = this.account(body);
    const snapshotId = body.text("snapshotId", 1);
    const repository = body.text("github_repo");
    if (repository !== undefined && !URL.canParse(repository)) {
      body.fail("github_repo", "github_repo must be a valid URL");
    }
    const account = this.reach(caller, wanted);
    if (snapshotId !== undefined) this.setSnapshot(account, snapshotId);
    if (repository !== undefined) this.setRepository(account, repository);
    return { status: 200, headers: { "content-type": "application/json" }, body: this.rows.get(account) ?? null };
  }

  row(account: string): Row {
    const created_at = new Date(this.now()).toISOString();
    const fresh = { account_id: account, snapshot_id: null, expires_at: null, github_repo: null, created_at };
    const row = this.rows.get(account) ?? fresh;
    this.rows.set(account, row);
    return row;
  }

  setSnapshot(account: string, id: string): void {
    const row = this.row(account);
    row.snapshot_id = id;
    row.expires_at = new Date(this.now() + snapshotLifeMs).toISOString();
  }

  setRepository(account: string, url: string): void {
    const row = this.row(account);
    if (row.github_repo !== url) this.repositories.set(account, new Repository());
    row.github_repo = url;
  }

  delete(asked: Asked, caller: Caller): Answer {
    const account = this.reach(caller, this.account(this.anyBody(asked)));
    return { status: 200, body: { status: "success", deleted_snapshot: this.erase(account) } };
  }

  /** Takes all that an account keeps, and gives its record as it was. */
  erase(account: string): Row | null {
    const row = this.rows.get(account) ?? null;
    this.rows.delete(account);
    this.repositories.delete(account);
    return row;
  }

  setup(asked: Asked, caller: Caller): Answer {
    const account = this.reach(caller, this.account(this.anyBody(asked)));
    return { status: 200, body: { status: "success", runId: this.runs.start("setup-sandbox", account, {}) } };
  }

  /** What a run leaves behind is there when it has ended. */
  finishSetups(): void {
    for (const { account, id } of this.runs.takeFinished("setup-sandbox")) this.finishSetup(account, id);
    for (const { account, id } of this.runs.takeFinished("run-sandbox-command")) this.finishCommand(account, id);
  }

  /** A command leaves a snapshot, from which the account's next sandbox starts. */
  finishCommand(account: string, run: string): void {
    const id = `snap_${randomBytes(6).toString("hex")}`;
    this.setSnapshot(account, id);
    this.runs.settle(run, { snapshot: { id, expiresAt: new Date(this.now() + snapshotLifeMs).toISOString() } });
  }

  finishSetup(account: string, run: string): void {
    const githubRepo = this.rows.get(account)?.github_repo ?? `https://github.com/reference/${account}`;
    const snapshotId = `snap_${randomBytes(6).toString("hex")}`;
    this.setRepository(account, githubRepo);
    this.setSnapshot(account, snapshotId);
    this.runs.settle(run, { githubRepo, snapshotId });
  }

  repository(account: string): Repository {
    const repository = this.repositories.get(account);
    if (repository === undefined) throw refuse(404, "No GitHub repository found for this account");
    return repository;
  }

  readFile({ query }: Asked, caller: Caller): Answer {
    const members = fromQuery(query, ["path"]);
    const path = members.needed("path", members.text("path", 1));
    const file = this.repository(caller.account).read(path);
    if (file === undefined) throw refuse(404, "File not found in repository");
    return { status: 200, body: { status: "success", ...file } };
  }

  async upload(asked: Asked, caller: Caller): Promise<Answer> {
    const body = this.jsonBody(asked);
    const files = body.list(
      "files",
      (item, path) => {
        const file = new Members(item, path);
        const url = file.needed("url", file.text("url"));
        if (!URL.canParse(url)) file.fail("url", "Each file must have a valid URL");
        return { url, name: file.needed("name", file.text("name", 1)) };
      },
      1,
    );
    const wanted = body.needed("files", files);
    const folder = body.text("path") ?? "";
    body.text("message");
    const repository = this.repository(caller.account);
    const uploaded: unknown[] = [];
    const errors: string[] = [];
    for (const { url, name } of wanted) {
      try {
        uploaded.push(repository.write(`${folder}/${name}`, await download(url)));
      } catch {
        errors.push(`${name}: its URL cannot be downloaded`);
      }
    }
    if (uploaded.length === 0) throw refuse(500, `All uploads failed: ${errors.join("; ")}`);
    return { status: 200, body: { status: "success", uploaded, ...(errors.length === 0 ? {} : { errors }) } };
  }

  listRuns({ query }: Asked, caller: Caller): Answer {
    const wanted = this.account(fromQuery(query, ["account_id"]));
    const limit = query.get("limit") ?? "20";
    if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 100) {
      throw new Fault("limit must be a whole number from 1 to 100", ["limit"]);
    }
    const id = query.get("runId")?.trim() ?? "";
    if (id === "") {
      const runs = this.asListed().runs.list(this.reach(caller, wanted)).slice(0, Number(limit));
      return { status: 200, body: { status: "success", runs } };
    }
    const run = this.runs.read(id, (account) => callers.some((each) => isColleague(each, caller, account)));
    if (run === undefined) throw this.lenient ? refuse(500, "Run not found") : refuse(404, "Task run not found");
    return { status: 200, body: { status: "success", runs: [run] } };
  }
}

function isMembers(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function colleaguesOf({ organisation }: Caller): readonly string[] {
  return callers.filter((each) => each.organisation === organisation).map(({ account }) => account);
}

function isColleague(each: Caller, caller: Caller, account: string): boolean {
  return each.account === account && each.organisation === caller.organisation;
}

function refuse(status: number, error: string): Refusal {
  return new Refusal(status, { status: "error", error });
}

/** Parameters as members, so that one check serves both. */
function fromQuery(query: URLSearchParams, names: readonly string[]): Members {
  return new Members(
    Object.fromEntries(names.filter((name) => query.has(name)).map((name) => [name, query.get(name)])),
  );
}

/** Starts the reference server of the Recoup contract. */
export function startRecoup(options: RecoupOptions = {}): Promise<Running> {
  const server = new Recoup(options);
  if (options.fault !== undefined) addFault({ ...recoupFaults, ...heldOutRecoupFaults }, options.fault, server);
  return serve(server, options.now, options.gateway);
}
