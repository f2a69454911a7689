import type { IncomingMessage, ServerResponse } from "node:http";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createExchangeNotes } from "../kit/answered-request.ts";
import { createPartsCache } from "../kit/service.ts";
import type { World } from "../kit/world.ts";
import { createMock } from "../mock.ts";
import { Timers } from "../timers.fixture.ts";
import { createPreviewProxy } from "./preview-proxy.ts";
import { openComputerService } from "./service.ts";
import { settings } from "./settings.ts";
import { OpenComputerModel, type OpenComputerModelAnswer, wholeSeconds } from "./reference-model.fixture.ts";

const owner = fc.constantFrom("acme", "globex");
const target = fc.nat({ max: 6 }); // which of the sandboxes made so far, counted around; 0 for one that never was
const timeoutS = fc.option(fc.constantFrom(0, 1, 2, 60, 300, -1), { nil: undefined });
const port = fc.constantFrom(3000, 80, 65_535);
const ownToken = fc.constantFrom("auto", "", "fifteen-chars-1", "sixteen-chars-12", "correct horse battery");
const presented = fc.constantFrom("none", "right", "old", "wrong", "blank");

const step = fc.oneof(
  fc.record({
    kind: fc.constant("create" as const),
    owner,
    timeoutS,
    gate: fc.option(fc.record({ token: fc.option(ownToken, { nil: undefined }) }), { nil: undefined, freq: 1 }),
  }),
  fc.record({ kind: fc.constantFrom("get" as const, "kill" as const, "hibernate" as const), owner, target }),
  fc.record({ kind: fc.constantFrom("setTimeout" as const, "wake" as const), owner, target, timeoutS }),
  fc.record({ kind: fc.constant("rotate" as const), owner, target }),
  fc.record({ kind: fc.constant("readTags" as const), owner, target }),
  fc.record({
    kind: fc.constant("putTags" as const),
    owner,
    target,
    tags: fc.dictionary(fc.constantFrom("env", "cost:team", "__proto__"), fc.string({ maxLength: 3 }), {
      noNullPrototype: true,
    }),
  }),
  fc.record({ kind: fc.constantFrom("listPort" as const, "dropPort" as const), owner, target, port }),
  fc.record({ kind: fc.constant("preview" as const), target, port, own: presented, bearer: presented }),
  fc.record({
    kind: fc.constant("advance" as const),
    ms: fc.oneof(fc.constantFrom(999, 1_000, 1_001, 59_999, 60_000, 299_999, 300_000), fc.nat({ max: 3_000 })),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const mock = createMock({ seed: "model" });
const proxy = createPreviewProxy({
  universe: mock.universe,
  partsOf: createPartsCache(openComputerService),
  notes: createExchangeNotes(undefined),
});
const startMs = Date.UTC(2026, 2, 1, 12);
const unknownID = "sb-00000000";

/** One run: the mock's world and the reference model side by side. */
class Run {
  readonly model: OpenComputerModel;
  readonly world: World;
  readonly #old = new Map<string, string>();

  constructor(quota: number) {
    this.model = new OpenComputerModel(new Timers(startMs), quota);
    this.world = mock.createWorld({ clockScale: 0, startMs, settings: { quota } });
  }

  idOf(at: number): string {
    return at === 0
      ? unknownID
      : (this.model.sandboxes[(at - 1) % (this.model.sandboxes.length || 1)]?.id ?? unknownID);
  }

  async send(name: string, method: string, path: string, body?: unknown) {
    const { key } = this.world.tenants.find((tenant) => tenant.contract === "opencomputer" && tenant.name === name)!;
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { "x-api-key": key, "content-type": "application/json" };
    const response = await mock.fetch("opencomputer", new Request(`http://mock${path}`, { method, headers, ...json }));
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : (JSON.parse(text) as Record<string, unknown>) };
  }

  askPreview(sandboxID: string, at: number, own: string | undefined, bearer: string | undefined) {
    const headers: Record<string, string> = {
      host: `${sandboxID}-p${at}.${settings.of(this.world).previewDomain}:4020`,
    };
    if (own !== undefined) headers["x-oc-preview-token"] = own;
    if (bearer !== undefined) headers["authorization"] = `bEARER  ${bearer} `;
    const incoming = { method: "GET", url: "/", headers, rawHeaders: Object.entries(headers).flat() };
    return new Promise<{ status: number; headers: Record<string, string>; text: string }>((resolve) => {
      let head = { status: 0, headers: {} };
      const outgoing = {
        setHeader: () => undefined,
        writeHead: (status: number, sent: Record<string, string>) => (head = { status, headers: sent }),
        end: (text: string) => resolve({ ...head, text }),
        destroy: () => resolve({ ...head, text: "destroyed" }),
      };
      proxy.request(incoming as unknown as IncomingMessage, outgoing as unknown as ServerResponse);
    });
  }

  token(id: string, kind: string): string | undefined {
    if (kind === "blank") return " ";
    if (kind === "right")
      return this.model.sandboxes.find((sandbox) => sandbox.id === id)?.token ?? "whatever-there-is-no-gate";
    if (kind === "old") return this.#old.get(id) ?? "never-was-any-token";
    return kind === "wrong" ? "wrong-wrong-wrong-wrong" : undefined;
  }

  async take(taken: Step): Promise<void> {
    const { model } = this;
    if (taken.kind === "advance") {
      model.timers.advance(taken.ms);
      this.world.clock.advance(taken.ms);
      return;
    }
    if (taken.kind === "create") return this.create(taken);
    const id = this.idOf(taken.target);
    const path = `/api/sandboxes/${id}`;
    if (taken.kind === "preview") {
      const [own, bearer] = [this.token(id, taken.own), this.token(id, taken.bearer)];
      const answer = await this.askPreview(id, taken.port, own, bearer);
      const shown = (token: string | undefined) => token?.trim() || undefined;
      const expected = model.askPreview(id, shown(own), shown(bearer));
      expect(answer.status).toBe(expected.status);
      if (expected.error !== undefined) expect(JSON.parse(answer.text)).toEqual({ error: expected.error });
      else {
        const seen = JSON.parse(answer.text) as { headers: object };
        const { token } = model.sandboxes.find((sandbox) => sandbox.id === id)!;
        if (token !== undefined) expect(JSON.stringify(seen)).not.toContain(token);
      }
      const challenged = expected.error === "preview URL requires authentication";
      expect(answer.headers["www-authenticate"]).toBe(challenged ? 'Bearer realm="preview"' : undefined);
      return;
    }
    const who = taken.owner;
    if (taken.kind === "get") return this.look(who, id);
    if (taken.kind === "kill") this.agree(await this.send(who, "DELETE", path), model.kill(who, id));
    if (taken.kind === "hibernate")
      this.agree(await this.send(who, "POST", `${path}/hibernate`), model.hibernate(who, id));
    if (taken.kind === "setTimeout") {
      const seconds = taken.timeoutS ?? 5;
      this.agree(
        await this.send(who, "POST", `${path}/timeout`, { timeout: seconds }),
        model.setTimeout(who, id, seconds),
      );
    }
    if (taken.kind === "wake") {
      const seconds = taken.timeoutS === -1 ? undefined : taken.timeoutS;
      const body = seconds === undefined ? undefined : { timeout: seconds };
      const answer = await this.send(who, "POST", `${path}/wake`, body);
      this.agree(answer, model.wake(who, id, seconds));
      if (answer.status === 200) expect(answer.body).toMatchObject({ sandboxID: id, status: "running" });
    }
    if (taken.kind === "readTags") this.agree(await this.send(who, "GET", `${path}/tags`), model.readTags(who, id));
    if (taken.kind === "putTags") {
      this.agree(await this.send(who, "PUT", `${path}/tags`, taken.tags), model.putTags(who, id, taken.tags));
    }
    if (taken.kind === "listPort") {
      const answer = await this.send(who, "POST", `${path}/preview`, { port: taken.port });
      this.agree(answer, model.listPort(who, id, taken.port));
      if (answer.status < 300) expect(answer.body).toMatchObject({ sandboxId: id, port: taken.port });
    }
    if (taken.kind === "dropPort") {
      this.agree(await this.send(who, "DELETE", `${path}/preview/${taken.port}`), model.dropPort(who, id, taken.port));
    }
    if (taken.kind === "rotate") {
      const answer = await this.send(who, "POST", `${path}/preview/rotate`);
      const refusal = model.refuseRotation(who, id);
      if (refusal !== undefined) return this.agree(answer, refusal);
      const old = model.find(who, id)!.token;
      if (old !== undefined) this.#old.set(id, old);
      expect(answer).toEqual({
        status: 200,
        body: { previewAuthToken: expect.stringMatching(/^[\w-]{43}$/) as string, scheme: "bearer" },
      });
      model.rotate(id, answer.body!["previewAuthToken"] as string);
    }
  }

  async create({ owner: who, timeoutS: seconds, gate }: Extract<Step, { kind: "create" }>): Promise<void> {
    const answer = await this.send(who, "POST", "/api/sandboxes", {
      ...(seconds === undefined ? {} : { timeout: seconds }),
      ...(gate === undefined ? {} : { previewAuth: gate }),
    });
    const refusal = this.model.refuseCreate(who, seconds, gate?.token);
    if (refusal !== undefined) return this.agree(answer, refusal);
    expect(answer.status).toBe(201);
    const { sandboxID, status, previewAuthToken } = answer.body as Record<string, string>;
    expect([sandboxID, status]).toEqual([expect.stringMatching(/^sb-[0-9a-f]{8}$/), "running"]);
    if (gate === undefined) expect(previewAuthToken).toBeUndefined();
    else if (gate.token === undefined || gate.token === "" || gate.token === "auto") {
      expect(previewAuthToken).toMatch(/^[\w-]{43}$/);
    } else expect(previewAuthToken).toBe(gate.token);
    this.model.create(who, sandboxID!, seconds, previewAuthToken);
  }

  agree(answer: { status: number; body: unknown }, expected: OpenComputerModelAnswer): void {
    expect(answer.status).toBe(expected.status);
    if (expected.body !== undefined) expect(answer.body).toEqual(expected.body);
    else if (expected.error !== undefined) expect(answer.body).toEqual({ error: expected.error });
    else if (expected.status === 204) expect(answer.body).toBeUndefined();
  }

  async look(who: string, id: string): Promise<void> {
    const answer = await this.send(who, "GET", `/api/sandboxes/${id}`);
    const sandbox = this.model.find(who, id);
    if (sandbox === undefined) return this.agree(answer, { status: 404, error: "sandbox not found" });
    const { status, tags, tagsAtMs, startedAtMs } = sandbox;
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      sandboxID: id,
      status,
      startedAt: new Date(startedAtMs).toISOString(),
      tagsLastUpdatedAt: wholeSeconds(tagsAtMs),
    });
    expect(answer.body!["tags"]).toEqual(tags);
    expect("workerID" in answer.body!).toBe(status !== "hibernated");
    if (sandbox.token !== undefined) expect(JSON.stringify(answer.body)).not.toContain(sandbox.token);
  }

  async lookAround(who: string): Promise<void> {
    const { body } = await this.send(who, "GET", "/api/sandboxes");
    const listed = body as unknown as { sandboxID: string; status: string }[];
    expect(listed.map(({ sandboxID }) => sandboxID)).toEqual(this.model.running(who).map(({ id }) => id));
    expect(listed.every(({ status }) => status === "running")).toBe(true);
  }

  async lookAtAll(): Promise<void> {
    await this.lookAround("acme");
    await this.lookAround("globex");
    for (const { owner: who, id } of this.model.sandboxes) {
      await this.look(who, id);
      await this.look(who === "acme" ? "globex" : "acme", id);
      const { body } = await this.send(who, "GET", `/api/sandboxes/${id}/preview`);
      const ports = (body as unknown as { port: number }[]).map(({ port: listed }) => listed);
      expect(ports).toEqual(this.model.find(who, id)!.ports);
    }
    const journal = JSON.stringify(this.world.journal.entries());
    for (const { token } of this.model.sandboxes) if (token !== undefined) expect(journal).not.toContain(token);
  }
}

const seed = 20_261_126;

test(
  `1,000 random sequences agree with a reference model that runs on timers (seed ${seed})`,
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 20, size: "max" }),
        async (quota, steps) => {
          const run = new Run(quota);
          for (const taken of steps) {
            await run.take(taken);
            if (taken.kind !== "get") await run.lookAround("owner" in taken ? taken.owner : "acme");
          }
          await run.lookAtAll();
          mock.universe.delete(run.world);
        },
      ),
      { seed, numRuns: 1_000 },
    );
  },
);
