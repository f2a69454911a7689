import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { afterAll, expect, test } from "vitest";
import { hasRedis, startRedis } from "../mocks/kit/redis-server.fixture.ts";
import { createRandom, type Random } from "../mocks/kit/random.ts";

/**
 * Kills a mock that keeps its state, again and again, while eight callers write to it, and holds what it has when it is
 * started again against what it had acknowledged. `SANDGLASS_KILLS=100` kills it a hundred times.
 */
const kills = Number(process.env["SANDGLASS_KILLS"] ?? 2);
const callers = 8;

const folder = mkdtempSync(join(tmpdir(), "sandglass-kill-"));
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Where state is kept, and all that is written there. */
type Kept = { readonly state: string; readonly text: () => Promise<string[]>; readonly close: () => Promise<void> };

const inFile = (): Promise<Kept> =>
  Promise.resolve({
    state: `sqlite:${join(folder, "state.db")}`,
    text: () => Promise.resolve(readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"))),
    close: () => Promise.resolve(),
  });

async function inRedis(): Promise<Kept> {
  const redis = await startRedis();
  const text = async () => {
    const client = createClient({ url: redis.url });
    await client.connect();
    const found: string[] = [];
    for await (const keys of client.scanIterator({ TYPE: "hash" })) {
      for (const key of keys) found.push(JSON.stringify(await client.hGetAll(key)));
    }
    client.destroy();
    return found;
  };
  return { state: redis.url, text, close: redis.stop };
}

/** What a sandbox may be found as: after each of these steps; the last one may not have been acknowledged. */
type Expected = { readonly id: string; tags: string[]; tokens: string[]; files: string[]; killed: boolean[] };
type Known = { readonly sandboxes: Expected[]; readonly worlds: string[]; nowMs: number; acknowledged: number };

type Snapshot = {
  readonly nowMs: number;
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[] | undefined>>;
};

async function start(state: string): Promise<{ readonly url: string; readonly kill: () => Promise<void> }> {
  const child = fork(new URL("../bench/mock-server.ts", import.meta.url), [state], { execArgv: [] });
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve((message as { port: number }).port));
    void ended.then(() => reject(new Error("the mock did not start")));
  });
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
    running.delete(child);
  };
  return { url: `http://127.0.0.1:${port}`, kill };
}

/** Sends a request; undefined where the mock was killed before the answer was whole. */
async function send(url: string, path: string, method: string, body?: unknown) {
  const init = { method, headers: { "x-api-key": "sandglass-acme", "content-type": "application/json" } };
  try {
    const response = await fetch(url + path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
    const text = await response.text();
    expect([response.status < 500, text]).toEqual([true, text]);
    return { status: response.status, json: (text === "" ? {} : JSON.parse(text)) as Record<string, never> };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

const webhook = { url: "https://127.0.0.1:9/", eventTypes: ["sandbox.scaled"] }; // of which there are none

/** One step of a caller; false once the mock is gone. */
async function step(url: string, random: Random, known: Known, own: Expected[], at: number): Promise<boolean> {
  const one = own.at(-1);
  const kind = one === undefined || one.killed.includes(true) ? 0 : random.uint32() % 7;
  const path = `/api/sandboxes/${one?.id}`;
  const acknowledge = async (values: unknown[] | undefined, value: unknown, ...request: [string, string, unknown?]) => {
    values?.push(value);
    const answer = await send(url, ...request);
    if (answer === undefined) return undefined;
    expect(answer, JSON.stringify(answer)).toMatchObject({
      status: expect.toSatisfy((status) => status < 300) as number,
    });
    values?.splice(0, values.length - 1);
    return answer;
  };
  if (kind === 0) {
    const made = await acknowledge(undefined, undefined, "/api/sandboxes", "POST", {
      previewAuth: {},
      webhooks: [webhook],
    });
    if (made === undefined) return false;
    const { sandboxID: id, previewAuthToken: token } = made.json as unknown as Record<string, string>;
    const sandbox: Expected = { id: id!, tags: [""], tokens: [token!], files: [""], killed: [false] };
    own.push(sandbox);
    known.sandboxes.push(sandbox);
  } else if (kind === 1) {
    if (!(await acknowledge(one!.tags, `t${at}`, `${path}/tags`, "PUT", { at: `t${at}` }))) return false;
  } else if (kind === 2) {
    // A token that was not told cannot be known: any one may be found where the rotation was not acknowledged.
    const rotated = await acknowledge(one!.tokens, "", `${path}/preview/rotate`, "POST");
    if (rotated === undefined) return false;
    one!.tokens = [(rotated.json as unknown as Record<string, string>)["previewAuthToken"]!];
  } else if (kind === 3) {
    if (!(await acknowledge(one!.files, `"f${at}"`, `${path}/files?path=/workspace/a`, "PUT", `f${at}`))) return false;
  } else if (kind === 4) {
    if (!(await acknowledge(one!.killed, true, path, "DELETE"))) return false;
  } else if (kind === 5) {
    const world = await acknowledge(undefined, undefined, "/__sandglass/worlds", "POST", {});
    if (world === undefined) return false;
    known.worlds.push(world.json["id"] as unknown as string);
  } else {
    const clock = await acknowledge(undefined, undefined, "/__sandglass/worlds/default/clock", "PATCH", {
      advanceMs: 3,
    });
    if (clock === undefined) return false;
    known.nowMs = Math.max(known.nowMs, clock.json["nowMs"] as unknown as number);
  }
  if (kind < 5) known.acknowledged += 1;
  return true;
}

const hash = (token: string) => createHash("sha256").update(token).digest("hex");

/** Holds what the mock has against what it may have. */
async function examine(url: string, known: Known): Promise<void> {
  const get = async (path: string) => (await send(url, `/__sandglass/worlds${path}`, "GET"))!.json as unknown;
  const { tables, nowMs } = (await get("/default/snapshot")) as Snapshot;
  const rows = (name: string) => new Map((tables[name] ?? []).map((row) => [row["id"] as string, row]));
  const [sandboxes, files] = [rows("opencomputer/sandboxes"), rows("shell/files")];
  for (const { id, tags, tokens, files: contents, killed } of known.sandboxes) {
    const row = sandboxes.get(id);
    expect([id, row?.["phase"]]).toEqual([id, expect.stringMatching(/^(?:running|stopped)$/)]);
    expect(killed).toContain(row!["phase"] === "stopped");
    expect(tags).toContain((row!["tags"] as { readonly at?: string }).at ?? "");
    if (!tokens.includes("")) expect(tokens.map(hash)).toContain(row!["tokenHash"]);
    const nodes = files.get(id)?.["nodes"] as Readonly<Record<string, { readonly pieces?: string[] }>> | undefined;
    const content = nodes?.["/workspace/a"]?.pieces?.join("") ?? "";
    if (row!["phase"] === "running") expect(contents).toContain(content);
    else expect([id, Object.keys(nodes ?? {})]).toEqual([id, []]); // a kill ends the sandbox and its files in one step
  }
  // A create stores a sandbox and a webhook: both are there, also of one that was not acknowledged, or neither.
  const ofWebhooks = [...rows("opencomputer/webhooks").values()].map((row) => row["sandboxId"]);
  expect(new Set(ofWebhooks)).toEqual(new Set(sandboxes.keys()));
  expect(ofWebhooks.length).toBe(sandboxes.size);
  const worlds = (await get("")) as readonly { readonly id: string; readonly requests: number }[];
  expect(worlds.map(({ id }) => id)).toEqual(expect.arrayContaining(known.worlds));
  expect(worlds.find(({ id }) => id === "default")!.requests).toBeGreaterThanOrEqual(known.acknowledged);
  expect(nowMs).toBeGreaterThanOrEqual(known.nowMs);
}

test.each<[place: string, keep: () => Promise<Kept>]>([
  ["a file", inFile],
  ...(hasRedis ? [["Redis", inRedis] as [string, typeof inRedis]] : []),
])(
  `in %s, ${kills} kills under load lose nothing that was acknowledged, and leave nothing half done`,
  { timeout: 60_000 + kills * 20_000 },
  async (_, keep) => {
    const kept = await keep();
    const random = createRandom("kills");
    const known: Known = { sandboxes: [], worlds: [], nowMs: 0, acknowledged: 0 };
    const tokens = new Set<string>();
    for (let killed = 0; killed <= kills; killed += 1) {
      const { url, kill } = await start(kept.state);
      await examine(url, known);
      if (killed < kills) {
        let left = 20 + (random.uint32() % 100);
        const work = async (caller: number) => {
          const own: Expected[] = [];
          for (let at = 0; await step(url, random, known, own, killed * 10_000 + caller * 1_000 + at); at += 1) {
            if ((left -= 1) === 0) void kill();
          }
        };
        await Promise.all(Array.from({ length: callers }, (_, caller) => work(caller)));
      }
      for (const token of known.sandboxes.flatMap((one) => one.tokens)) tokens.add(token);
      await kill();
    }
    expect(known.sandboxes.length).toBeGreaterThan(kills * 4);
    const text = await kept.text();
    expect(text.join("")).toContain(known.sandboxes[0]!.id);
    const words = text.flatMap((part) => part.match(/[\w-]{43,}/g) ?? []);
    const runs = words.flatMap((word) => Array.from({ length: word.length - 42 }, (_, at) => word.slice(at, at + 43)));
    expect([...tokens].every((token) => token === "" || token.length === 43)).toBe(true);
    expect(runs.filter((run) => tokens.has(run))).toEqual([]);
    await kept.close();
  },
);
