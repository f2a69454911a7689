import { expect, test } from "vitest";
import { createSession } from "../conformance/command.ts";
import { contracts } from "../conformance/index.ts";
import type { ContractName } from "../conformance/index.ts";
import document from "../generated/opencomputer/openapi.json" with { type: "json" };
import { measureReference, told } from "./judge-reference.ts";
import type { Judging } from "./judge-reference.ts";
import { startOpenComputer } from "./reference/opencomputer.ts";
import type { Answer, Asked, Gateway } from "./reference/http.ts";
import { SteppedClock } from "./reference/stepped-clock.ts";

// What laws send and share, seen from the reference servers.

type Body = Readonly<Record<string, unknown>>;

function lawsOf(name: ContractName, pattern: RegExp) {
  return contracts[name].laws.filter(({ id }) => pattern.test(id));
}

function bodyOf({ body }: Asked): Body {
  return (body.length === 0 ? {} : JSON.parse(body.toString())) as Body;
}

function isCreate({ method, path }: Asked): boolean {
  return method === "POST" && path.join("/") === "api/sandboxes";
}

const { properties } = document.components.schemas.CreateSandboxRequest;
/** No run can know a snapshot or a secret store that an account has, and a webhook may outlive the run that registers it. */
const members = Object.keys(properties).filter((name) => !["snapshot", "secretStore", "webhooks"].includes(name));

/** The bodies of all creates that a run gets accepted, where it judges what is accepted. */
async function acceptedBodies(seed: number): Promise<readonly Body[]> {
  const bodies: Body[] = [];
  const gateway: Judging["gateway"] = async (_, asked, next) => {
    const answer = await next();
    if (isCreate(asked) && answer.status < 300) bodies.push(bodyOf(asked));
    return answer;
  };
  const laws = lawsOf("opencomputer", /create\/(accepts-|ignores-|answer-shape)/);
  const { failed, unjudged } = await measureReference("opencomputer", { seed, laws, gateway });
  expect([...failed, ...unjudged]).toEqual([]);
  return bodies;
}

test.each([1, 2])("any two members are sent together, each without the other, and neither (seed %i)", async (seed) => {
  const bodies = await acceptedBodies(seed);
  const missing = members.flatMap((one) =>
    members
      .filter((other) => other !== one)
      .flatMap((other) =>
        [
          [true, true],
          [true, false],
          [false, false],
        ].filter(([hasOne, hasOther]) => !bodies.some((body) => one in body === hasOne && other in body === hasOther)),
      )
      .map((pair) => ({ one, pair })),
  );
  // Images are built, which takes long: there is one, with all that may stand beside it.
  expect(missing.filter(({ one, pair: [hasOne, hasOther] }) => !(one === "image" && hasOne && !hasOther))).toEqual([]);
});

test.each([1, 2])("each documented size, template and kind of step is sent once at least (seed %i)", async (seed) => {
  const bodies = await acceptedBodies(seed);
  const sent = (name: string) => new Set(bodies.map((body) => body[name]));
  expect([...properties.cpuCount.enum].filter((value) => !sent("cpuCount").has(value))).toEqual([]);
  expect([...properties.memoryMB.enum].filter((value) => value > 4096 && !sent("memoryMB").has(value))).toEqual([]);
  expect(properties.templateID.examples.filter((value) => !sent("templateID").has(value))).toEqual([]);
  expect([...sent("burst")].sort()).toEqual([false, true, undefined]);
  const steps = bodies.flatMap(
    ({ image }) => (image as { steps?: { readonly type: string }[] } | undefined)?.steps ?? [],
  );
  // Packages come from the network.
  expect(new Set(steps.map(({ type }) => type))).toEqual(new Set(["run", "env", "workdir", "add_file", "add_dir"]));
});

/** Does to all sandboxes of a caller what was asked for one of them. */
function toAll(method: string, ...rest: readonly string[]): NonNullable<Judging["gateway"]> {
  const ids = new Map<string, string>(); // whose each is
  return async (_, asked, next) => {
    const answer = await next();
    const key = String(asked.headers["x-api-key"]);
    const id = asked.path[2];
    if (isCreate(asked) && answer.status < 300) ids.set((answer.body as { sandboxID: string }).sandboxID, key);
    const isMeant = asked.method === method && asked.path.slice(3).join("/") === rest.join("/");
    if (!isMeant || id === undefined || answer.status >= 300) return answer;
    for (const [other, owner] of ids) {
      if (other !== id && owner === key) await next({ ...asked, path: asked.path.with(2, other) });
    }
    return answer;
  };
}

const tour = lawsOf("opencomputer", /sequence\/tour$/);

test.each([
  ["tags", toAll("PUT", "tags")],
  ["ports", toAll("POST", "preview")],
  ["hibernation", toAll("POST", "hibernate")],
  ["its end", toAll("DELETE")],
])(
  "a tour sees that a sandbox shares %s with another",
  async (_, gateway) => {
    const { failed } = await measureReference("opencomputer", { seed: 1, laws: tour, gateway });
    expect(failed).toEqual(["opencomputer/sequence/tour"]);
  },
  120_000,
);

test("a tour goes through each pair of operations on one sandbox, and makes three", async () => {
  const asked: string[] = [];
  const gateway: Judging["gateway"] = (_, { method, path: [, , id, ...rest] }, next) => {
    if (method !== "GET" && id !== undefined) asked.push(`${id} ${method} ${rest.join("/")}`);
    return next();
  };
  const { failed, unjudged, took } = await measureReference("opencomputer", { seed: 1, laws: tour, gateway });
  expect({ failed, unjudged, created: took.created }).toEqual({ failed: [], unjudged: [], created: 3 });
  const pairs = new Set(asked.slice(1).map((step, index) => `${asked[index]} > ${step}`));
  const ids = new Set(asked.map((step) => step.split(" ")[0]!));
  const missing = [...ids].map((id) => {
    // What is inside a sandbox is asked for once it is stopped.
    const isKind = (step: string) =>
      step.startsWith(id) && /^\S+ \S+ (?!exec|pty|files)[a-z]+(\/(rotate|3000))?$/.test(step);
    const kinds = [...new Set(asked.filter(isKind))];
    expect(kinds.length).toBeLessThanOrEqual(7);
    return kinds.length < 7
      ? kinds
      : kinds.flatMap((one) => kinds.map((other) => `${one} > ${other}`).filter((pair) => !pairs.has(pair)));
  });
  expect(missing).toContainEqual([]);
}, 120_000);

/** Forgets the tags of a sandbox that hibernates once a port of it was listed. */
function forgetful(): Gateway {
  const listed = new Set<string>();
  return async (asked, next) => {
    const answer = await next();
    const [, , id = "", ...rest] = asked.path;
    if (asked.method !== "POST" || answer.status >= 300) return answer;
    if (rest.join() === "preview") listed.add(id);
    if (rest.join() === "hibernate" && listed.has(id)) {
      const headers = { ...asked.headers, "content-type": "application/json" };
      const path = [...asked.path.slice(0, 3), "tags"];
      await next({ ...asked, headers, path, method: "PUT", body: Buffer.from("{}") });
    }
    return answer;
  };
}

/** Claims to have done what it refuses. */
function agreeing(): Gateway {
  return async (asked, next) => {
    const answer = await next();
    const step = asked.path.at(-1) ?? "";
    if (answer.status < 400 || !["hibernate", "wake"].includes(step)) return answer;
    return { status: 200, body: { sandboxID: asked.path[2], status: step === "wake" ? "running" : "hibernated" } };
  };
}

// Seeds whose first walk has the row of steps that the server is wrong after.
test.each<[string, () => Gateway, steps: number, seed: number]>([
  ["random", forgetful, 6, 4],
  ["linearizable", agreeing, 4, 1],
])(
  "a breach of sequence/%s tells the few steps that led to it, and is replayed",
  async (name, misbehave, stepsMax, seed) => {
    const [law] = lawsOf("opencomputer", new RegExp(`/sequence/${name}$`));
    const judge = async (more: Partial<Parameters<typeof createSession>[0]>) => {
      const clock = new SteppedClock();
      const server = await startOpenComputer({ now: clock.now, gateway: misbehave() });
      const target = { ...told.opencomputer, baseUrl: server.url, clock };
      const session = createSession({
        clock,
        seed,
        contract: contracts.opencomputer,
        createsMax: 30,
        target,
        ...more,
      });
      const { finding } = (await session.judge({ laws: [law!] })).get(law!)!;
      await session.close();
      await server.close();
      return finding!;
    };
    const { counterexample, path, reason } = await judge({});
    expect((counterexample as readonly unknown[]).length).toBeLessThanOrEqual(stepsMax);
    expect(reason).toMatch(/^after [a-zA-Z, ]+: /);
    expect((await judge({ path: path! })).counterexample).toEqual(counterexample);
    expect((await judge({ counterexample })).counterexample).toEqual(counterexample);
  },
  120_000,
);

/** Has creates take another timeout than they were asked for. */
const creating =
  (timeout: (asked: number) => number): Gateway =>
  (asked, next) => {
    const body = isCreate(asked) ? bodyOf(asked) : {};
    if (typeof body["timeout"] !== "number") return next();
    return next({ ...asked, body: Buffer.from(JSON.stringify({ ...body, timeout: timeout(body["timeout"]) })) });
  };

/** Takes a read of a sandbox that runs for activity. */
const wakeful: Gateway = async (asked, next) => {
  const answer = await next();
  const [, , id = "", ...rest] = asked.path;
  const isRunning = rest.length === 0 && (answer.body as Body | undefined)?.["status"] === "running";
  const path = ["api", "sandboxes", id, "exec", "run"];
  if (isRunning && asked.method === "GET")
    await next({ ...asked, method: "POST", path, body: Buffer.from('{"cmd":"true"}') });
  return answer;
};

test.each<[string, Gateway, RegExp]>([
  [
    "create/timeout-not-early",
    creating(() => 1),
    /yet it is hibernated \d+ ms early: at 1\.[12] s of 2\.0 s \(±\d+ ms\)$/,
  ],
  ["create/timeout-fires", creating(() => 0), /yet it is still running 1\.5 s late: at 3\.5 s of 2\.0 s \(±\d+ ms\)$/],
  [
    "create/timeout-never",
    creating((asked) => asked || 2),
    /never, yet it is hibernated at 3\.5 s \(±\d+ ms\), though it never is due$/,
  ],
  ["get/no-activity", wakeful, /yet it is still running 1\.\d s late: at 3\.\d s of 2\.0 s \(±\d+ ms\)$/],
])(
  "a breach of %s comes with what was measured, on a clock that is moved and by waiting",
  async (id, gateway, text) => {
    const [law] = lawsOf("opencomputer", new RegExp(`/${id}$`));
    for (const how of ["control", "wait"] as const) {
      const clock = new SteppedClock();
      const server = await startOpenComputer({ now: clock.now, gateway });
      const target = { ...told.opencomputer, baseUrl: server.url, previewDomain: "localhost" };
      const session = createSession({
        ...{ clock, seed: 1, contract: contracts.opencomputer, aliveMax: 40 },
        ...(how === "control"
          ? { target: { ...target, clock } }
          : { target, clockMode: "wait", sleep: (ms: number) => Promise.resolve(clock.advance(ms)) }),
      });
      const { verdict, reason } = (await session.judge({ laws: [law!] })).get(law!)!;
      await session.close();
      await server.close();
      expect(`${how} ${verdict}: ${reason}`).toMatch(new RegExp(`^${how} fail: `));
      expect(reason, how).toMatch(text);
    }
  },
);

async function createdFor(pattern: RegExp, judging: Partial<Judging> = {}) {
  const laws = lawsOf("recoup", pattern);
  const { took, failed, unjudged } = await measureReference("recoup", {
    seed: 1,
    profile: "deployment",
    laws,
    ...judging,
  });
  return { created: took.created, failed, unjudged };
}

test("laws that only look at a run share one", async () => {
  const made = await createdFor(/list-runs\/(stranger-|run-exists)/);
  expect(made).toEqual({ created: 1, failed: [], unjudged: [] });
});

test("laws that watch a new sandbox share one, in their window", async () => {
  const made = await createdFor(/list\/(legal-transitions|becomes-running|created-at-(fixed|as-created))/);
  expect(made).toEqual({ created: 1, failed: [], unjudged: [] });
});

test("a law that saw a breach judges another run to be sure, which the next law may look at", async () => {
  const refused: Answer = { status: 404, body: { status: "error", error: "not found" } };
  const gateway: Judging["gateway"] = async (_, { path, query }, next) =>
    path.at(-1) === "runs" && query.has("runId") ? refused : next();
  const made = await createdFor(/list-runs\/(run-exists|limit-kept)/, { gateway });
  expect(made).toEqual({ created: 3, failed: ["recoup/list-runs/run-exists"], unjudged: [] });
});

test("a usual run makes at most 36 sandboxes", async () => {
  const { created, failed, unjudged } = await createdFor(/./);
  expect(created).toBeLessThanOrEqual(36);
  expect(failed).toEqual([]);
  // What changes an account for good is not sent.
  expect(new Set(unjudged.map(([, cause]) => cause))).toEqual(new Set(["profile"]));
});
