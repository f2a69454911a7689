import { Around, emptyLog, makeCredential, useFile } from "./opencomputer-around.ts";
import { Checkpoints } from "./opencomputer-checkpoints.ts";
import { checkBody } from "./bodies.ts";
import { actInside, Handles, type Files } from "./opencomputer-inside.ts";
import { randomBytes } from "node:crypto";
import { addFault } from "./faults/fault.ts";
import { heldOutOpenComputerFaults } from "./faults/held-out/opencomputer.ts";
import { openComputerFaults } from "./faults/opencomputer.ts";
import { thirdOpenComputerFaults } from "./faults/third/opencomputer.ts";
import { Fault, isJsonType, Members, parseJson } from "./checks.ts";
import { Refusal, serve } from "./http.ts";
import type { Answer, Asked, Gateway, Running, Upgrade } from "./http.ts";
import { build, readOrder, readTimeout } from "./opencomputer-create.ts";
import type { Order } from "./opencomputer-create.ts";
import { Echo, parsePreviewHost, showNothing, shownTokenHashes, showPage, tokenHash } from "./opencomputer-gate.ts";
import type { PreviewHost } from "./opencomputer-gate.ts";
import { readTags } from "./opencomputer-tags.ts";
import { Past } from "./past.ts";

/** How the reference server behaves where the contract leaves a choice. */
export type OpenComputerOptions = {
  /** Milliseconds since the Unix epoch. Default: the machine's time. */
  readonly now?: () => number;
  /** Forgive what real servers forgive, and do as they do where no source is binding. */
  readonly lenient?: boolean;
  /** List sandboxes in every state, each with its status, as the public entrance does. */
  readonly listsEveryState?: boolean;
  /** The most sandboxes of one organisation that may run at once. Default: no limit. */
  readonly quota?: number;
  /** Lists what there was so long ago, in milliseconds. Default 0. */
  readonly listsLagMs?: number;
  /** Which ports something listens at. Default: all. */
  readonly listensAt?: (port: number) => boolean;
  /** The id of one fault to have, of those in `opencomputer.ts` of `faults/`, `faults/held-out/` and `faults/third/`. Default: none. */
  readonly fault?: string;
  /** What stands before it. Default: nothing. */
  readonly gateway?: Gateway;
};

/** The keys that it knows, one for each organisation. */
export const openComputerKeys = { acme: "reference-acme-7d41", globex: "reference-globex-5b02" } as const;

type Preview = { readonly id: string; readonly port: number; readonly hostname: string };
/** All that it knows of a sandbox. */
export type Sandbox = {
  readonly id: string;
  readonly organisation: string;
  readonly templateID: string;
  startedAt: string;
  status: "running" | "hibernated" | "stopped";
  idleSeconds: number;
  activeAtMs: number;
  tags: Readonly<Record<string, string>>;
  taggedAt: string | null;
  gate: string | undefined;
  readonly previews: Map<number, Preview>;
};

const place = { region: "use2", workerID: "w-use2-reference" };
const domain = "localhost";
const listedMax = 100;

/**
 * The OpenComputer API, written from its contract alone and as plainly as it goes: a list of sandboxes that requests change.
 * Nothing in it is private, so that a fault can change one step and leave the rest as it is.
 */
export class OpenComputer {
  readonly options: OpenComputerOptions;
  readonly now: () => number;
  readonly lenient: boolean;
  readonly echo = new Echo();
  readonly sandboxes: Sandbox[] = [];
  readonly files = new Map<Sandbox, Files>();
  readonly checkpoints = new Checkpoints();
  readonly around = new Around();
  readonly handles = new Handles();
  readonly past: Past<Pick<OpenComputer, "sandboxes">>;

  constructor(options: OpenComputerOptions) {
    this.options = options;
    this.now = options.now ?? Date.now;
    this.lenient = options.lenient ?? false;
    this.past = new Past(this.now, options.listsLagMs ?? 0);
  }

  readonly answer = (asked: Asked): Answer | Promise<Answer> => {
    const { headers, ...answer } = this.respond(asked);
    const stated = { "x-request-id": asked.headers["x-request-id"]?.toString() ?? randomBytes(8).toString("hex") };
    return { ...answer, headers: this.lenient ? { ...headers } : { ...stated, ...headers } };
  };

  readonly upgrade = (answer: Answer, upgrade: Upgrade): void => this.echo.open(answer, upgrade);

  respond(asked: Asked): Answer {
    this.hibernateIdle();
    try {
      const preview = parsePreviewHost(asked.host);
      return preview === undefined ? this.operate(asked) : this.pass(asked, preview);
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      if (error instanceof Fault) return { status: 400, body: { error: error.message } };
      throw error;
    } finally {
      this.past.note(() => ({ sandboxes: this.sandboxes.map((sandbox) => ({ ...sandbox })) }));
    }
  }

  /** Time passes between requests: whatever was idle for too long by now hibernates before the next one is looked at. */
  hibernateIdle(nowMs = this.now()): void {
    // A server that looks once a second is up to a second late.
    const lookedAtMs = this.lenient ? Math.floor(nowMs / 1000) * 1000 : nowMs;
    for (const sandbox of this.sandboxes) {
      const isOver = sandbox.idleSeconds > 0 && lookedAtMs - sandbox.activeAtMs >= sandbox.idleSeconds * 1000;
      if (sandbox.status === "running" && isOver) sandbox.status = "hibernated";
    }
  }

  operate(asked: Asked): Answer {
    const { method, path } = asked;
    if (asked.path[3] === "files" && asked.query.has("signature")) return this.enterSigned(asked);
    const organisation = this.authenticate(asked);
    const [api, collection, id, ...rest] = path;
    const isAround = id !== undefined && !["", "timeout", "wake", "tags", "preview"].includes(rest[0] ?? "");
    if (collection !== "sandboxes" || (isAround && id !== "from-checkpoint")) checkBody(asked);
    if (collection === "secret-stores") return this.around.keepSecrets(asked, organisation, this.instant());
    if (collection === "webhooks") return this.around.tell(asked, organisation, this.instant());
    if (collection === "snapshots") return this.around.keepSnapshots(asked, organisation, this.instant());
    if (collection === "whoami") return { status: 200, body: { org_id: organisation } };
    if (api !== "api" || collection !== "sandboxes") throw new Refusal(404, { error: "not found" });
    if (id === undefined) {
      if (method === "POST") return this.create(asked, organisation);
      if (method === "GET") return this.list(organisation);
      throw new Refusal(405, { error: "method not allowed" }, { allow: "GET, POST" });
    }
    if (id === "from-checkpoint") return this.fork(asked, organisation);
    if (id === "checkpoints" && rest[1] === "patches") {
      return this.checkpoints.patch(asked, this.ownCheckpoint(asked, organisation), this.instant());
    }
    if (rest[0] === "logs" || rest[0] === "token") {
      const sandbox = this.own(id, organisation);
      if (rest[0] === "token" && sandbox.status === "stopped") throw this.gone(sandbox);
      return rest[0] === "token" ? makeCredential() : emptyLog;
    }
    if (rest[0] === "scale" || rest[0] === "limits" || rest[0] === "scaling-lock") {
      const sandbox = this.own(id, organisation);
      return this.around.scale(asked, sandbox.id, sandbox.status === "running");
    }
    if (rest[0] === "files" && rest[1]?.endsWith("-url") === true) {
      const sandbox = this.own(id, organisation);
      if (sandbox.status === "stopped") throw this.gone(sandbox);
      return this.around.signUrl(asked, sandbox.id, rest[1].replace("-url", ""), this.now());
    }
    if (rest[0] === "checkpoints") return this.keep(asked, organisation);
    if (rest[0] === "exec" || rest[0] === "files" || rest[0] === "pty") return this.enter(asked, organisation);
    const operation = this.operation(method, rest);
    const sandbox = this.sandboxes.find((each) => each.id === id && each.organisation === organisation);
    // Which of the two is judged first, the id or the body, the contract leaves open.
    if (this.lenient && sandbox === undefined) return this.answerUnknown(method, rest);
    const body = operation.reads ? this.readBody(asked) : undefined;
    if (sandbox === undefined) throw new Refusal(404, { error: "sandbox not found" });
    return operation.run(sandbox, body);
  }

  own(id: string | undefined, organisation: string): Sandbox {
    const sandbox = this.sandboxes.find((each) => each.id === id && each.organisation === organisation);
    if (sandbox === undefined) throw new Refusal(404, { error: "sandbox not found" });
    return sandbox;
  }

  gone({ id }: Sandbox): Refusal {
    return new Refusal(410, { error: `sandbox ${id} has been stopped` });
  }

  /** A signed URL needs no key. */
  enterSigned(asked: Asked): Answer {
    const [, , id = "", , direction = ""] = asked.path;
    this.around.checkUrl(asked, id, direction, this.now());
    const sandbox = this.sandboxes.find((each) => each.id === id);
    if (sandbox === undefined) throw new Refusal(404, { error: "sandbox not found" });
    this.rouseInside(sandbox);
    return useFile(asked, this.filesOf(sandbox));
  }

  rouseInside(sandbox: Sandbox): void {
    if (sandbox.status === "stopped") throw this.gone(sandbox);
    sandbox.status = "running";
    sandbox.activeAtMs = this.now();
  }

  fork(asked: Asked, organisation: string): Answer {
    const body = new Members(this.readBody(asked) ?? {}, [], this.lenient);
    const kept = this.ownCheckpoint(asked, organisation);
    const idleSeconds = readTimeout(body) ?? 300;
    const store = body.text("secretStore") ?? "";
    if (store !== "" && !this.hasStore(store, organisation)) {
      throw new Refusal(400, { error: `secret store not found: ${store}` });
    }
    const order = { templateID: "base", idleSeconds, webhooks: [], token: undefined };
    const booted = this.boot(order, organisation);
    this.files.set(this.sandboxes[0]!, new Map(kept.files));
    return { status: 201, body: { ...booted, fromCheckpointId: kept.shown.id } };
  }

  hasStore(name: string, organisation: string): boolean {
    return this.around.stores.some((each) => each.organisation === organisation && each.name === name);
  }

  ownCheckpoint({ path }: Asked, organisation: string) {
    const owned = this.sandboxes.filter((each) => each.organisation === organisation);
    const all = owned.flatMap(({ id }) => this.checkpoints.of.get(id) ?? []);
    const kept = all.find(({ shown }) => shown.id === path[3]);
    if (kept === undefined) throw new Refusal(404, { error: "checkpoint not found" });
    return kept;
  }

  keep(asked: Asked, organisation: string): Answer {
    const sandbox = this.own(asked.path[2], organisation);
    return this.checkpoints.act(asked, sandbox.id, sandbox.status === "running", this.filesOf(sandbox), this.instant());
  }

  filesOf(sandbox: Sandbox): Files {
    const files = this.files.get(sandbox) ?? new Map<string, Buffer>();
    this.files.set(sandbox, files);
    return files;
  }

  /** What is done inside a sandbox is activity, and wakes one that hibernates. */
  enter(asked: Asked, organisation: string): Answer {
    const sandbox = this.own(asked.path[2], organisation);
    this.rouseInside(sandbox);
    const answer = this.handles.act(asked, sandbox.id, this.instant()) ?? actInside(asked, this.filesOf(sandbox));
    if (answer === undefined) throw new Refusal(404, { error: "not found" });
    return answer;
  }

  /** Servers were seen to look up previews without looking for the sandbox: the same for foreign ids as for unknown ones. */
  answerUnknown(method: string, [part, port]: readonly string[]): Answer {
    if (part === "preview" && method === "GET") return { status: 200, body: [] };
    const isRecord = part === "preview" && port === undefined;
    throw isRecord
      ? new Refusal(400, { error: "sandbox is not running or not found" })
      : new Refusal(404, { error: "sandbox session not found", code: "unknown" });
  }

  authenticate({ headers }: Asked): string {
    const known = Object.entries(openComputerKeys).find(([, key]) => key === headers["x-api-key"]);
    if (known === undefined) throw new Refusal(401, { error: "missing or invalid API key" });
    return known[0];
  }

  operation(
    method: string,
    rest: readonly string[],
  ): { reads?: true; run: (sandbox: Sandbox, body: unknown) => Answer } {
    switch (`${method} ${rest.join("/")}`) {
      case "GET ":
        return { run: (sandbox) => ({ status: 200, body: this.show(sandbox) }) };
      case "DELETE ":
        return { run: (sandbox) => this.kill(sandbox) };
      case "POST timeout":
        return { reads: true, run: (sandbox, body) => this.setTimeout(sandbox, body) };
      case "POST hibernate":
        return { run: (sandbox) => this.hibernate(sandbox) };
      case "POST wake":
        return { reads: true, run: (sandbox, body) => this.wake(sandbox, body) };
      case "GET tags":
        return { run: (sandbox) => this.showTags(sandbox) };
      case "PUT tags":
        return { reads: true, run: (sandbox, body) => this.replaceTags(sandbox, body) };
      case "POST preview":
        return { reads: true, run: (sandbox, body) => this.createPreview(sandbox, body) };
      case "GET preview":
        return { run: (sandbox) => this.listPreviews(sandbox) };
      case "POST preview/rotate":
        return { run: (sandbox) => this.rotate(sandbox) };
    }
    const [part, port] = rest;
    if (method === "DELETE" && part === "preview" && port !== undefined && rest.length === 2) {
      return { run: (sandbox) => this.deletePreview(sandbox, port) };
    }
    throw new Refusal(404, { error: "not found" });
  }

  /** What the body says; undefined where there is none. */
  readBody({ body, headers }: Asked): unknown {
    if (body === "too large") throw new Refusal(413, { error: "request body too large" });
    if (body.length === 0) return undefined;
    const type = headers["content-type"];
    const isDeclared = isJsonType(type) || (this.lenient && /^text\/plain/i.test(type ?? "text/plain"));
    const parsed = isDeclared ? parseJson(body) : undefined;
    if (parsed === undefined) throw new Refusal(400, { error: "invalid request body: it is no JSON, or not declared" });
    return this.lenient && parsed.value === null ? undefined : parsed.value;
  }

  create(asked: Asked, organisation: string): Answer {
    const body = new Members(this.readBody(asked) ?? {}, [], this.lenient);
    const order = readOrder(
      body,
      this.lenient,
      (text) => this.lengthOf(text),
      (name) => this.hasStore(name, organisation),
    );
    const streams = asked.headers.accept === "text/event-stream" && (body.has("image") || body.has("snapshot"));
    if (!streams) {
      build(body, this.lenient);
      return { status: 201, body: this.boot(order, organisation) };
    }
    let events = "";
    const tell = (event: string, data: unknown) => (events += `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    try {
      for (const line of build(body, this.lenient)) tell("build_log", line);
      tell("result", this.boot(order, organisation));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      tell("error", { error: error.message });
    }
    return { status: 200, headers: { "content-type": "text/event-stream" }, body: events };
  }

  boot({ templateID, idleSeconds, webhooks, token }: Order, organisation: string): Record<string, unknown> {
    this.checkQuota(organisation);
    const drawn = token === "auto" ? randomBytes(32).toString("base64url") : token;
    // A name may hold what looks like a port.
    const id = `sb-${this.lenient ? "box-p80-" : ""}${randomBytes(6).toString("hex")}`;
    const nowMs = this.now();
    this.sandboxes.unshift({
      ...{ id, organisation, templateID, idleSeconds },
      startedAt: this.instant(),
      status: "running",
      activeAtMs: nowMs,
      tags: {},
      taggedAt: null,
      gate: drawn === undefined ? undefined : tokenHash(drawn),
      previews: new Map(),
    });
    const hooks = webhooks.map(({ url, secret }) => {
      const own = secret === undefined ? { secret: randomBytes(16).toString("hex") } : {};
      return { id: `whk_${randomBytes(4).toString("hex")}`, url, ...own };
    });
    return {
      ...{ sandboxID: id, status: "running", ...place },
      ...(this.lenient ? { token: "", unnamed: [] } : { sandboxDomain: domain }),
      ...(drawn === undefined ? {} : { previewAuthToken: drawn }),
      ...(hooks.length === 0 ? {} : { webhooks: hooks }),
    };
  }

  /** Characters, not UTF-16 units. */
  lengthOf(text: string): number {
    return [...text].length;
  }

  /** RFC 3339 leaves open how finely a second is told, and in which offset. */
  instant(): string {
    const instant = new Date(this.now()).toISOString();
    return this.lenient ? instant.replace("Z", "000+00:00") : instant;
  }

  checkQuota(organisation: string): void {
    const limit = this.options.quota ?? Infinity;
    const active = this.countActive(organisation);
    if (active < limit) return;
    const headers = this.lenient ? { "retry-after": "1" } : {};
    throw new Refusal(429, { error: `concurrent sandbox limit reached (${active}/${limit})`, active, limit }, headers);
  }

  countActive(organisation: string): number {
    return this.running(organisation).length;
  }

  running(organisation: string): Sandbox[] {
    return this.sandboxes.filter((each) => each.status === "running" && each.organisation === organisation);
  }

  list(organisation: string): Answer {
    const then = this.past.of<OpenComputer>(this, { sandboxes: [] });
    then.hibernateIdle(this.past.then());
    const listed = then.findListed(organisation);
    return { status: 200, body: listed.slice(0, listedMax).map((sandbox) => this.show(sandbox)) };
  }

  findListed(organisation: string): Sandbox[] {
    if (this.options.listsEveryState !== true) return this.running(organisation);
    return this.sandboxes.filter((each) => each.organisation === organisation);
  }

  show({ id, status, startedAt, templateID, tags, taggedAt }: Sandbox): Record<string, unknown> {
    const shown = { sandboxID: id, status, startedAt };
    const sizes = { cpuCount: 0, memoryMB: 0 };
    const more = { templateID, token: tokenHash(`${id} alone`), cellEndpoint: null, endAt: "0001-01-01T00:00:00Z" };
    if (this.lenient) return { ...shown, ...sizes, ...more, unnamed: {} };
    return { ...shown, ...place, template: templateID, sandboxDomain: domain, tags, tagsLastUpdatedAt: taggedAt };
  }

  kill(sandbox: Sandbox): Answer {
    sandbox.status = "stopped";
    sandbox.previews.clear();
    return { status: 204 };
  }

  setTimeout(sandbox: Sandbox, sent: unknown): Answer {
    const body = new Members(sent, [], this.lenient);
    const idleSeconds = body.needed("timeout", readTimeout(body));
    if (sandbox.status === "stopped") throw new Refusal(410, { error: `sandbox ${sandbox.id} has been stopped` });
    sandbox.idleSeconds = idleSeconds;
    sandbox.activeAtMs = this.now();
    return { status: 204 };
  }

  hibernate(sandbox: Sandbox): Answer {
    if (sandbox.status === "stopped") throw new Refusal(400, { error: "sandbox is not running" });
    sandbox.status = "hibernated";
    const kept = this.lenient ? { hibernationKey: `checkpoints/${sandbox.id}`, sizeBytes: 1 << 28 } : {};
    return { status: 200, body: { sandboxID: sandbox.id, status: "hibernated", ...kept } };
  }

  wake(sandbox: Sandbox, sent: unknown): Answer {
    const idleSeconds = readTimeout(new Members(sent ?? {}, [], this.lenient));
    if (sandbox.status !== "hibernated") throw new Refusal(404, { error: "no active hibernation found" });
    if (idleSeconds !== undefined) sandbox.idleSeconds = idleSeconds;
    this.rouse(sandbox);
    return { status: 200, body: { sandboxID: sandbox.id, status: "running", ...(this.lenient ? {} : place) } };
  }

  rouse(sandbox: Sandbox): void {
    sandbox.status = "running";
    sandbox.activeAtMs = this.now();
  }

  showTags({ tags, taggedAt }: Sandbox): Answer {
    return { status: 200, body: { tags, tagsLastUpdatedAt: taggedAt } };
  }

  replaceTags(sandbox: Sandbox, sent: unknown): Answer {
    sandbox.tags = readTags(sent ?? {}, this.lenient);
    const isCleared = Object.keys(sandbox.tags).length === 0;
    const second = new Date(this.now()).toISOString().replace(/\.\d+/, this.lenient ? ".000" : "");
    sandbox.taggedAt = isCleared ? null : second;
    return this.showTags(sandbox);
  }

  createPreview(sandbox: Sandbox, sent: unknown): Answer {
    const body = new Members(sent, [], this.lenient);
    const port = body.needed("port", body.whole("port", { min: 1, max: 65_535 }));
    if (!this.lenient) body.object("authConfig");
    if (body.text("domain") !== undefined) body.fail("domain", "org has no custom domain configured");
    if (sandbox.status !== "running") throw new Refusal(400, { error: "sandbox is not running or not found" });
    const listed = sandbox.previews.get(port);
    if (listed !== undefined) return { status: 200, body: listed };
    const preview = {
      id: `pv-${randomBytes(6).toString("hex")}`,
      sandboxId: sandbox.id,
      port,
      hostname: `${sandbox.id}-p${port}.${domain}`,
      sslStatus: "active",
      authConfig: body.has("authConfig") ? body.raw("authConfig") : {},
      createdAt: this.instant(),
    };
    this.around.emit(sandbox.id, "sandbox.preview_url.changed", this.instant());
    sandbox.previews.set(port, preview);
    return { status: 201, body: preview };
  }

  listPreviews({ previews }: Sandbox): Answer {
    return { status: 200, body: [...previews.values()].sort((a, b) => a.port - b.port) };
  }

  deletePreview(sandbox: Sandbox, port: string): Answer {
    const form = this.lenient ? /^\+?\d{1,9}$/ : /^[1-9]\d{0,4}$/;
    if (!form.test(port) || Number(port) < 1 || Number(port) > 65_535)
      throw new Refusal(400, { error: "invalid port" });
    if (!sandbox.previews.delete(Number(port))) throw new Refusal(404, { error: "no preview URL for this port" });
    return { status: 204 };
  }

  rotate(sandbox: Sandbox): Answer {
    if (sandbox.status === "stopped") {
      throw new Refusal(410, { error: `sandbox ${sandbox.id} not found or not in a settable state` });
    }
    const previewAuthToken = randomBytes(32).toString("base64url");
    sandbox.gate = tokenHash(previewAuthToken);
    return { status: 200, body: { previewAuthToken, scheme: "bearer" } };
  }

  /** The gate in front of every port. */
  pass(asked: Asked, preview: PreviewHost): Answer {
    const sandbox = this.sandboxes.find(({ id }) => id === preview.id);
    if (sandbox === undefined) throw this.shut(404, `sandbox ${preview.id} not found`);
    const gone = this.shut(410, `sandbox ${sandbox.id} has been stopped`);
    if (this.lenient && sandbox.status === "stopped") throw gone; // before the token, as the public entrance does
    this.admit(asked, sandbox);
    if (sandbox.status === "stopped") throw gone;
    this.rouse(sandbox);
    const isThere = this.options.listensAt?.(preview.port) ?? true;
    return isThere ? showPage(asked, preview) : showNothing(asked, preview);
  }

  /** Refuses a request that does not show the token of a sandbox that has one. */
  admit({ headers }: Asked, { gate }: Sandbox): void {
    if (gate === undefined) return;
    const [shown, other] = shownTokenHashes(headers);
    const challenge = { "www-authenticate": 'Bearer realm="preview"' };
    if (shown === undefined) throw this.shut(401, "preview URL requires authentication", challenge);
    // That the first header alone decides was observed, and is no source's.
    const isRight = shown === gate || (this.lenient && other === gate);
    if (!isRight) throw this.shut(401, "invalid preview token");
  }

  shut(status: number, error: string, headers: Record<string, string> = {}): Refusal {
    return this.lenient ? new Refusal(status, error) : new Refusal(status, { error }, headers);
  }
}

/** Starts the reference server of the OpenComputer contract. */
export function startOpenComputer(options: OpenComputerOptions = {}): Promise<Running> {
  const server = new OpenComputer(options);
  const faults = { ...openComputerFaults, ...heldOutOpenComputerFaults, ...thirdOpenComputerFaults };
  if (options.fault !== undefined) addFault(faults, options.fault, server);
  return serve(server, options.now, options.gateway);
}
