import { systemSleep } from "../src/contract/clock.ts";
import type { Clock } from "../src/contract/clock.ts";
import type { ContractName } from "./contracts.ts";
import type { FetchLike } from "./kit/target/target.ts";

/** How a server answers a create, whatever it has made: a status, or no whole answer. */
export type CreateAnswer = number | "half" | "nothing" | "late";

/** All of them: with and without a sandbox in the answer, refusals of every kind, failures, and no answer that can be read. */
export const createAnswers: readonly CreateAnswer[] = [
  ...[201, 200, 400, 401, 403, 429, 500, 503],
  ...(["half", "nothing", "late"] as const),
];

type CreatingServer = {
  readonly fetch: FetchLike;
  /** Sandboxes that creates have made, in order. */
  readonly made: readonly string[];
  /** Those that run now, of the run and of others. */
  readonly alive: ReadonlySet<string>;
  /** Where requests went. */
  readonly urls: readonly string[];
  /** Ids that requests have named, but for reading. */
  readonly touched: ReadonlySet<string>;
  /** Sandboxes that are not the run's. */
  readonly foreign: readonly string[];
  readonly makeForeign: () => void;
};

type Shown = { readonly id: string; readonly status: string; readonly startedAt: string };

const recoupEntry = ({ id, status, startedAt }: Shown) => ({
  sandboxId: id,
  sandboxStatus: status,
  createdAt: startedAt,
});
const opencomputerEntry = ({ id, ...rest }: Shown) => ({ sandboxID: id, ...rest });

/** How each contract tells of one sandbox, and lists all. */
const words: Readonly<
  Record<ContractName, { readonly one: (made: Shown) => object; readonly all: (made: readonly Shown[]) => object }>
> = {
  opencomputer: { one: opencomputerEntry, all: (made) => made.map(opencomputerEntry) },
  recoup: {
    one: (made) => ({ sandboxes: [recoupEntry(made)] }),
    all: (made) => ({ sandboxes: made.map(recoupEntry) }),
  },
};

/**
 * A server that makes a sandbox for every create, however broken, by whatever key, and answers as it is told. Its list, its
 * reads and its kills are right.
 */
export function creatingServer({
  contract = "opencomputer",
  clock,
  answer,
  makes = () => true,
  otherEveryMs = Infinity,
  lateMs = 200,
  readyMs = 0,
}: {
  /** Whose words it speaks. Default: opencomputer. */
  readonly contract?: ContractName;
  readonly clock: Clock;
  /** How the nth create is answered, counted from 1. */
  readonly answer: (nth: number) => CreateAnswer;
  /** Whether a create that is answered so makes a sandbox. Default: always. */
  readonly makes?: (answer: CreateAnswer) => boolean;
  /** How often another user of the account makes a sandbox, in milliseconds. Default: never. */
  readonly otherEveryMs?: number;
  /** How long `late` takes, in milliseconds. */
  readonly lateMs?: number;
  /** How long before a create its machine was made ready, which is when a sandbox is said to have started. Default: not at all. */
  readonly readyMs?: number;
}): CreatingServer {
  const startedAt = new Map<string, number>();
  const alive = new Set<string>();
  const made: string[] = [];
  let creates = 0;
  const touched = new Set<string>();
  const foreign: string[] = [];
  const urls: string[] = [];
  let otherAtMs = clock.now() + otherEveryMs;
  const make = (startedAtMs = clock.now()) => {
    const id = `sb-${(startedAt.size + 1).toString(16).padStart(8, "0")}`;
    startedAt.set(id, startedAtMs - readyMs);
    alive.add(id);
    return id;
  };
  const makeForeign = () => void foreign.push(make());
  /** What another user has done by now. */
  const catchUp = () => {
    for (; otherAtMs <= clock.now(); otherAtMs += otherEveryMs) foreign.push(make(otherAtMs));
  };
  const { one, all } = words[contract];
  const shown = (id: string): Shown => ({
    id,
    status: alive.has(id) ? "running" : "stopped",
    startedAt: new Date(startedAt.get(id)!).toISOString(),
  });
  const create = async (): Promise<Response> => {
    const how = answer((creates += 1));
    const id = makes(how) ? make() : "";
    if (id !== "") made.push(id);
    if (how === "nothing") throw new TypeError("fetch failed", { cause: new Error("socket hang up") });
    if (how === "half") return new Response(failingBody(), { status: 201 });
    if (how === "late") await systemSleep(lateMs);
    const status = how === "late" ? 201 : how;
    if (status === 201) return Response.json(one(shown(id)), { status });
    return Response.json(status === 200 ? {} : { error: "no" }, { status });
  };
  const fetch: FetchLike = async ({ method, url }) => {
    catchUp();
    urls.push(url);
    const [, , id, action] = new URL(url).pathname.split("/").slice(1);
    const path = new URL(url).pathname;
    if (!path.startsWith("/api/sandboxes")) return Response.json({ error: "no such path" }, { status: 404 });
    if (id === undefined && method === "POST") return create();
    if (id === undefined) return Response.json(all([...alive].map(shown)));
    if (method !== "GET") touched.add(id);
    if (!startedAt.has(id)) return Response.json({ error: "sandbox not found" }, { status: 404 });
    if (method === "DELETE" && action === undefined) {
      alive.delete(id);
      return new Response(null, { status: 204 });
    }
    return method === "GET" ? Response.json(one(shown(id))) : Response.json({ error: "not here" }, { status: 404 });
  };
  return { fetch, made, alive, touched, foreign, urls, makeForeign };
}

function failingBody(): ReadableStream {
  return new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode('{"sandboxID":"sb-'));
      controller.error(new Error("the connection was cut"));
    },
  });
}
