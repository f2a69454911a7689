import { contracts } from "../conformance/index.ts";
import type { ContractName } from "../conformance/index.ts";
import { told } from "./judge-reference.ts";
import type { Judging } from "./judge-reference.ts";
import { openComputerFaults } from "./reference/faults/opencomputer.ts";
import { recoupFaults } from "./reference/faults/recoup.ts";
import { thirdOpenComputerFaults } from "./reference/faults/third/opencomputer.ts";
import type { Answer, Asked } from "./reference/http.ts";
import { SteppedClock } from "./reference/stepped-clock.ts";

/** A way in which a server is wrong: with all requests for one operation, or as a whole. */
export type Breaker = {
  /** Undefined for a server that is wrong as a whole. */
  readonly operation?: string;
  /** Completes "a server that …". */
  readonly what: string;
  readonly judging: Partial<Judging>;
};

type Next = (instead?: Partial<Asked>) => Promise<Answer>;
/** Answers a request. `kept` is empty at first, and free to use. */
type Misanswer = (
  next: Next,
  asked: Asked,
  { kept, ownKey }: { readonly kept: Answer[]; readonly ownKey: string },
) => Answer | Promise<Answer>;

const isDone = ({ status }: Answer) => status < 300;
const refused: Answer = { status: 400, body: { status: "error", error: "no" } };

const misanswers: Readonly<Record<string, Misanswer>> = {
  "answers with other texts": async (next, _, { kept }) => {
    const count = kept.push(refused);
    return changed(await next(), (value) => (typeof value === "string" ? `${value}${count}` : value));
  },
  "answers with other numbers": async (next, _, { kept }) => {
    const count = kept.push(refused);
    return changed(await next(), (value) => (typeof value === "number" ? value + 7 * count : value));
  },
  "answers with the beginnings of texts": async (next) =>
    changed(await next(), (value) => (typeof value === "string" ? value.slice(0, 8) : value)),
  "answers with nothing": async (next) => {
    const { status, body } = await next();
    return { status, body: typeof body !== "object" ? "" : Array.isArray(body) ? [] : {} };
  },
  "refuses in other words": async (next) => {
    const answer = await next();
    return [400, 401, 429].includes(answer.status) ? { status: answer.status, body: { message: "no" } } : answer;
  },
  "refuses what it does": async (next) => {
    const answer = await next();
    return isDone(answer) ? refused : answer;
  },
  "finds nothing, and does nothing": () => ({ ...refused, status: 404 }),
  "refuses where much is said": (next, { body }) => (body.length > 40 ? refused : next()),
  "refuses where more is said": (next, { body }) => (body.length > 20 ? refused : next()),
  "refuses where a member is said": (next, { body }) => (body.length > 2 ? refused : next()),
  "refuses where nothing is said": (next, { body }) => (body.length === 0 ? refused : next()),
  "claims to have done what it refuses": async (next, _, { kept }) => {
    const answer = await next();
    if (isDone(answer)) kept[0] = answer;
    return isDone(answer) ? answer : (kept[0] ?? { status: 200, body: {} });
  },
  "answers as it did first": async (next, _, { kept }) => {
    const answer = await next();
    return isDone(answer) ? (kept[0] ??= answer) : answer;
  },
  "answers as it did last, and does nothing": async (next, _, { kept }) => {
    const answer = kept[0] ?? (await next());
    if (isDone(answer)) kept[0] = answer;
    return answer;
  },
  "lists the other way round": async (next) => {
    const answer = await next();
    const turn = (value: unknown): unknown => (Array.isArray(value) ? value.toReversed() : value);
    return { ...answer, body: isObject(answer.body) ? mapMembers(answer.body, turn) : turn(answer.body) };
  },
  "tells of what there is not": async (next) => {
    const { body, ...answer } = await next();
    const fill = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.length === 0 ? [{ port: 1 }] : value;
      if (!isObject(value)) return value;
      return Object.keys(value).length === 0 ? { a: "b" } : mapMembers(value, fill);
    };
    return { ...answer, body: fill(body) };
  },
  "takes each caller for the owner": (next, { headers: { authorization: _, ...headers } }, { ownKey }) =>
    next({ headers: { ...headers, "x-api-key": ownKey } }),
  "reads no query": (next) => next({ query: new URLSearchParams() }),
  "wakes what it is asked about": async (next, { path }) => {
    const answer = await next();
    await next({ method: "POST", path: [...path.slice(0, 3), "wake"], body: Buffer.from("{}") });
    return answer;
  },
  "refuses where yes is said": (next, { body }) => (body.includes("true") ? refused : next()),
  "says that it is done, and does nothing": () => ({ status: 204 }),
  "is full from the start": () => ({ status: 429, body: { error: "full", active: 3, limit: 5 } }),
  "is full after three": async (next, _, { kept }) => {
    if (kept.length >= 3) return { status: 429, body: { error: "full", active: 3, limit: 5 } };
    const answer = await next();
    if (isDone(answer)) kept.push(answer);
    return answer;
  },
};

/** Servers that are wrong as a whole, each made anew. */
function misbehaviours(name: ContractName): Readonly<Record<string, Partial<Judging>>> {
  const startMs = new SteppedClock().now();
  let asked = 0;
  return {
    "counts time twice as fast": { now: (clock) => startMs + 2 * (clock.now() - startMs) },
    "counts time half as fast": { now: (clock) => startMs + (clock.now() - startMs) / 2 },
    "goes to and fro in time": { now: (clock) => clock.now() + ((asked += 1) % 3 === 1 ? 3_600_000 : 0) },
    "shows things as they were first": showing(new Map<string, object>(), () => true),
    "shows things as they were first, at times": showing(new Map<string, object>(), (count) => count % 2 === 0),
    "shows things as they were first, now and then": showing(new Map<string, object>(), (count) => count % 3 === 0),
    "creates another one where it refuses to": creatingMore(told[name].key),
    "shows members of one thing in all others": sharing(),
    "tells commands the secrets that were set": telling(),
    "opens every gate": gated((next, _, token = "") => next(showingToken(token))),
    "opens no gate": gated(() => noEntry),
    "opens a gate to tokens that begin alike": gated((next, { headers }, token = "") => {
      const shown = String(headers["x-oc-preview-token"] ?? "");
      return next(shown !== "" && token.startsWith(shown.slice(0, 8)) ? showingToken(token) : {});
    }),
    "opens a gate to plain requests for one port": gated((next, { method, host, headers }) => {
      const isPlain = method === "GET" && /-p3000\./.test(host) && headers.upgrade === undefined;
      const { authorization = "Bearer", "x-oc-preview-token": token = "x" } = headers;
      return isPlain && authorization.startsWith("Bearer") && token !== "" ? next() : noEntry;
    }),
    "passes on what its gates refuse": gated(async (next, _, token = "") => {
      const answer = await next();
      if (answer.status === 401) await next(showingToken(token));
      return answer;
    }),
  };
}

const noEntry: Answer = { status: 401, body: { error: "no" } };

function showingToken(token: string): Partial<Asked> {
  return { headers: { "x-oc-preview-token": token } };
}

/** Shows the first state of each thing that has a name, where `when` says so of the number of the answer. */
function showing(known: Map<string, object>, when: (count: number) => boolean): Partial<Judging> {
  let count = 0;
  return {
    gateway: async (_, __, next) => {
      const answer = await next();
      count += 1;
      const body = mapNamed(answer.body, (id, thing) => {
        const first = known.get(id) ?? thing;
        known.set(id, first);
        return when(count) ? { ...thing, ...first } : thing;
      });
      return { ...answer, body };
    },
  };
}

function creatingMore(ownKey: string): Partial<Judging> {
  const headers = { "x-api-key": ownKey, "content-type": "application/json" };
  return {
    quota: 40, // room for all of them
    gateway: async (_, asked, next) => {
      const answer = await next();
      const isCreate = asked.method === "POST" && asked.path.join("/") === "api/sandboxes";
      if (isCreate && !isDone(answer)) await next({ ...asked, body: Buffer.from("{}"), headers });
      return answer;
    },
  };
}

/** Shows in each object what was sent and answered before. */
function sharing(): Partial<Judging> {
  let all: Members = { runId: "run-of-another" };
  const share = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(share);
    return isObject(value) ? { ...all, ...mapMembers(value, share) } : value;
  };
  return {
    gateway: async (_, asked, next) => {
      const answer = await next();
      const body = share(answer.body);
      mapNamed(answer.body, (_id, thing) => (all = { ...all, ...thing }));
      all = { ...all, sent: asked.body.toString() };
      return { ...answer, body };
    },
  };
}

/** Has each command print what was set as the values of secrets. */
function telling(): Partial<Judging> {
  let secret = "";
  return {
    gateway: async (_, asked, next) => {
      const answer = await next();
      if (asked.method === "PUT" && asked.path.includes("secrets")) secret += asked.body.toString();
      const isCommand = isObject(answer.body) && typeof answer.body["stdout"] === "string";
      return isCommand
        ? { ...answer, body: { ...answer.body, stdout: `${String(answer.body["stdout"])}${secret}` } }
        : answer;
    },
  };
}

/** Answers for the previews of sandboxes, whose tokens it knows. */
function gated(open: (next: Next, asked: Asked, token?: string) => Answer | Promise<Answer>): Partial<Judging> {
  const tokens = new Map<string, string>();
  return {
    gateway: async (_, asked, next) => {
      const [, id] = /^(sb-[0-9a-z]+)-p\d+\./.exec(asked.host) ?? [];
      if (id !== undefined) return open((instead) => next({ ...asked, ...instead }), asked, tokens.get(id));
      const answer = await next();
      const { sandboxID = asked.path[2], previewAuthToken } = isObject(answer.body) ? answer.body : {};
      if (typeof sandboxID === "string" && typeof previewAuthToken === "string")
        tokens.set(sandboxID, previewAuthToken);
      return answer;
    },
  };
}

/** All of them, those first that are wrong with one sandbox. */
export function listBreakers(name: ContractName): readonly Breaker[] {
  const operations = contracts[name].operations.filter(({ id }) => contracts[name].profiles.full.includes(id));
  const ids = operations.toSorted((one, other) => hasId(other) - hasId(one)).map(({ id }) => id);
  const ownKey = told[name].key;
  const ofOperations = Object.entries(misanswers).flatMap(([what, misanswer]) =>
    [...ids, "preview"].map((operation): Breaker => {
      const kept: Answer[] = [];
      const gateway: Judging["gateway"] = async (_, asked, next) =>
        operationOf(name, asked) === operation
          ? misanswer((instead) => next({ ...asked, ...instead }), asked, { kept, ownKey })
          : next();
      return { operation, what, judging: { gateway } };
    }),
  );
  const faults = Object.keys(name === "recoup" ? recoupFaults : { ...openComputerFaults, ...thirdOpenComputerFaults });
  return [
    ...ofOperations,
    ...Object.entries(misbehaviours(name)).map(([what, judging]) => ({ what, judging })),
    ...faults.map((fault) => ({ what: fault, judging: { fault } })),
  ];
}

function hasId({ path }: { readonly path: string }): number {
  return path.includes("{id}") ? 1 : 0;
}

/** The operation that a request is for. */
function operationOf(name: ContractName, { method, path, host }: Asked): string | undefined {
  if (/-p\d+\./.test(host)) return "preview";
  const fits = (template: string) => {
    const parts = template.split("/").slice(1);
    return parts.length === path.length && parts.every((part, at) => part.startsWith("{") || part === path[at]);
  };
  return contracts[name].operations.find((each) => each.method.toUpperCase() === method && fits(each.path))?.id;
}

type Members = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapMembers(value: Members, change: (member: unknown, name: string) => unknown): Members {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member, name)]));
}

/** Changes the values of an answer; what names a thing stays. */
function changed(answer: Answer, change: (value: unknown) => unknown): Answer {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    return isObject(value)
      ? mapMembers(value, (member, name) => (/id$/i.test(name) ? member : walk(member)))
      : change(value);
  };
  return { ...answer, body: walk(answer.body) };
}

/** Changes each object of an answer that has a name. */
function mapNamed(value: unknown, change: (id: string, thing: Members) => object): unknown {
  if (Array.isArray(value)) return value.map((each) => mapNamed(each, change));
  if (!isObject(value)) return value;
  const inside = mapMembers(value, (member) => mapNamed(member, change));
  const id = Object.entries(value).find(([name]) => /^(sandboxId|runId|id)$/i.test(name))?.[1];
  return typeof id === "string" ? change(id, inside) : inside;
}
