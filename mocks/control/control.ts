import type { Sleep } from "../../src/contract/clock.ts";
import { ContractError } from "../../src/contract/contract-error.ts";
import type { components } from "../../generated/control/types.ts";
import { operations } from "../../generated/control/operations.ts";
import { writeAnswer } from "../kit/answer.ts";
import type { ContractFacts } from "../kit/contract.ts";
import type { ExchangeNotes } from "../kit/answered-request.ts";
import type { Answer, MockRequest } from "../kit/exchange.ts";
import type { FaultSetting, KnownFault } from "../kit/fault.ts";
import type { Dispatcher } from "../kit/service.ts";
import { defaultWorldId, type NewWorldOptions, type Universe } from "../kit/universe.ts";
import { formatWorldFile, parseWorldFile, type WorldFile } from "../kit/world-file.ts";
import type { Awaitable } from "../kit/table.ts";
import type { Settings, World } from "../kit/world.ts";
import { listSandboxLives, parseSandboxQuery, viewUsage } from "../inspector/sandbox-list.ts";
import { watchWorld } from "../inspector/watch.ts";
import { refuseControl, refusePageRequest } from "./guard.ts";
import { createMetricsReader } from "./metrics.ts";

type Schemas = components["schemas"];
type OperationId = keyof typeof operations;
type ControlCall = { readonly world: World; readonly body: unknown; readonly query: Readonly<Record<string, string>> };

export type ControlOptions = {
  readonly contracts: readonly ContractFacts[];
  readonly universe: Universe; // which checks what it is given, here as from code
  readonly faults: readonly KnownFault[];
  /** Checks what is given to no world; each throws a `ContractError`. */
  readonly checks: Readonly<Record<"snapshot" | "clock", (sent: unknown) => void>>;
  readonly token: string | undefined; // lets callers from other machines in; without one, only this machine may
  readonly notes: Pick<ExchangeNotes, "settle" | "tallies">;
  /** Why state is not kept, where it cannot be. */
  readonly trouble: () => string | undefined;
  readonly ports: () => Schemas["Tick"]["ports"]; // where the mock listens
  readonly sleep: Sleep;
};

/** Answers the control API. It knows worlds and no contract. */
export function createControlDispatcher(options: ControlOptions): Dispatcher {
  const { universe, contracts, token, notes } = options;
  const handlers = createHandlers(options);
  return {
    answer: async (request, operationId) => {
      if (operationId === "getInspector") return showInspector(request, token);
      if (operationId === "getReady") await notes.settle(); // what could not be kept is tried again, though nothing else is asked
      const answer = await respond(request, operationId as HandledId);
      const waits = isOpen(operationId as HandledId) ? undefined : notes.settle();
      return (await waits) ?? answer;
    },
    answerUnmatched: (request, allowed) => {
      const refusal = refuseControl(request, token);
      if (refusal !== undefined) return write(refuse(403, refusal));
      if (request.method === "GET" && request.url === "/__sandglass/") {
        return write({ status: 308, headers: { location: "/__sandglass" } });
      }
      return write(
        allowed.length > 0
          ? { ...refuse(405, `use ${allowed.join(" or ")} here`), headers: { allow: allowed.join(", ") } }
          : refuse(404, `there is no control operation at ${request.url}: begin with GET /__sandglass/worlds`),
      );
    },
  };

  async function respond(request: MockRequest, operationId: HandledId): Promise<Answer> {
    const refusal = isOpen(operationId) ? undefined : refuseControl(request, token);
    if (refusal !== undefined) return write(refuse(403, refusal));
    const name = request.params["world"];
    const world = name === undefined ? universe.defaultWorld() : findWorld(universe, contracts, name);
    if (world === undefined) return write(refuse(404, `there is no world "${name}" here, and no world has that key`));
    const read = readBody(request, operationId);
    if ("refusal" in read) return write(read.refusal);
    try {
      return write(await handlers[operationId]({ world, body: read.body, query: request.queries() }));
    } catch (error) {
      if (error instanceof ContractError) return write(refuse(400, error.message));
      throw error;
    }
  }
}

type HandledId = Exclude<OperationId, "getInspector">;

/** Whether every caller may ask, whatever the state of the mock is. */
const isOpen = (operationId: HandledId) => operationId === "getHealth" || operationId === "getReady";

function createHandlers({
  contracts,
  universe,
  faults,
  checks,
  notes,
  trouble,
  ports,
  sleep,
}: ControlOptions): Readonly<Record<HandledId, (call: ControlCall) => Awaitable<Answer>>> {
  const readMetrics = createMetricsReader(universe, notes.tallies);
  const worlds = () => [...universe.worlds()].map(({ id }) => id);
  return {
    listSandboxLives: ({ world, query }) => ({
      status: 200,
      json: listSandboxLives(world, contracts, parseSandboxQuery(query)),
    }),
    getUsage: ({ world }) => ({ status: 200, json: viewUsage(world, contracts) }),
    watchWorld: ({ world: { id } }) => ({
      status: 200,
      headers: { "content-type": "text/event-stream" },
      stream: watchWorld({ find: () => universe.find(id), view: viewWorld, worlds, ports, sleep }),
    }),
    getHealth: () => ({ status: 200, json: { status: "ok" } }),
    getReady: () => {
      const reason = trouble();
      return reason === undefined
        ? { status: 200, json: { status: "ready" } }
        : { status: 503, json: { status: "state-not-kept", reason } };
    },
    getMetrics: async () => ({
      status: 200,
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      text: await readMetrics(),
    }),
    listWorlds: () => ({ status: 200, json: [...universe.worlds()].map(viewWorld) }),
    createWorld: ({ body }) => ({ status: 201, json: viewWorld(universe.create(body as NewWorldOptions)) }),
    getWorld: ({ world }) => ({ status: 200, json: viewWorld(world) }),
    deleteWorld: ({ world }) => {
      if (world.id === defaultWorldId) return refuse(409, "the default world stays: reset it instead");
      universe.delete(world);
      return { status: 204 };
    },
    resetWorld: ({ world }) => ({ status: 200, json: viewWorld(universe.reset(world)) }),
    forkWorld: ({ world }) => ({ status: 201, json: viewWorld(universe.fork(world)) }),
    getSnapshot: ({ world }) => ({ status: 200, json: formatWorldFile(world) }),
    restoreSnapshot: ({ world, body }) => {
      checks.snapshot(body);
      const restored = universe.reset(world, parseWorldFile(body as WorldFile, world));
      return { status: 200, json: viewWorld(restored) };
    },
    changeSettings: ({ world, body }) => {
      world.changeSettings(body as Partial<Settings>);
      return { status: 200, json: viewWorld(world) };
    },
    getState: ({ world }) => ({ status: 200, json: viewState(world) }),
    getClock: ({ world }) => ({ status: 200, json: viewClock(world) }),
    changeClock: ({ world, body }) => {
      checks.clock(body);
      const { advanceMs, scale } = body as Schemas["ClockChange"];
      if (scale !== undefined) world.clock.setScale(scale);
      if (advanceMs !== undefined) world.clock.advance(advanceMs);
      return { status: 200, json: viewClock(world) };
    },
    listFaults: () => ({ status: 200, json: faults }),
    getFaults: ({ world }) => ({ status: 200, json: world.faults() }),
    replaceFaults: ({ world, body }) => {
      world.setFaults(body as readonly FaultSetting[]);
      return { status: 200, json: world.faults() };
    },
    getJournal: ({ world, query: { status, ...filter } }) => {
      const entries = world.journal.entries({ ...filter, ...(status === undefined ? {} : { status: Number(status) }) });
      return { status: 200, json: { seen: world.journal.seen(), entries } };
    },
    clearJournal: ({ world }) => {
      world.journal.clear();
      return { status: 204 };
    },
    verifyJournal: ({ world, body }) => ({
      status: 200,
      json: world.journal.verify(body as Schemas["Expectation"]),
    }),
  };
}

/** The page holds no data and no key, so that another machine may have it where a token lets it ask for them. */
async function showInspector(request: MockRequest, token: string | undefined): Promise<Answer> {
  const refusal = refusePageRequest(request, token);
  if (refusal !== undefined) return write(refuse(403, refusal));
  const { inspectorPage, inspectorPolicy } = await import("../../generated/inspector/page.ts");
  const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": inspectorPolicy };
  return write({ status: 200, text: inspectorPage, headers });
}

function findWorld(universe: Universe, contracts: readonly ContractFacts[], name: string): World | undefined {
  const byKey = () => contracts.map(({ contract }) => universe.findByKey(contract, name)?.world);
  return universe.find(name) ?? byKey().find((world) => world !== undefined);
}

function readBody(
  request: MockRequest,
  operationId: OperationId,
): { readonly body: unknown } | { readonly refusal: Answer } {
  if (!isJsonOrNothing(request)) {
    return { refusal: refuse(415, "the control API takes JSON alone: send content-type: application/json") };
  }
  if (request.bodyTooLarge) return { refusal: refuse(413, "the body is larger than the mock reads") };
  const { requestContentTypes, requestBodyRequired } = operations[operationId];
  if (requestContentTypes.length === 0) return { body: undefined };
  try {
    return { body: request.body === "" && !requestBodyRequired ? {} : JSON.parse(request.body) };
  } catch (error) {
    return { refusal: refuse(400, `the body is not JSON: ${(error as Error).message}`) };
  }
}

// A browser lets any page send the other types. For JSON it asks first, and this API never says yes.
function isJsonOrNothing({ method, header, body, bodyTooLarge }: MockRequest): boolean {
  const type = header("content-type");
  if (method === "GET" || method === "HEAD" || (type === undefined && body === "" && !bodyTooLarge)) return true;
  return /^application\/json *(;|$)/i.test(type ?? "");
}

function viewWorld(world: World): Schemas["World"] {
  const { id, seed, clock, settings, tenants, journal } = world;
  return {
    id,
    seed,
    nowMs: clock.now(),
    clockScale: clock.scale(),
    settings: settings as Schemas["Settings"],
    tenants: [...tenants] as Schemas["Tenant"][],
    faults: [...world.faults()] as Schemas["FaultSettings"],
    records: Object.fromEntries([...world.tables()].map(([name, table]) => [name, table.size()])),
    requests: journal.seen(),
  };
}

// What opens something, and what is as long as files are; a snapshot has them.
const hidden = new Set(["tokenHash", "secret", "nodes"]);

function viewState(world: World): Record<string, unknown[]> {
  const view = (record: object) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !hidden.has(name))) as unknown;
  return Object.fromEntries([...world.tables()].map(([name, table]) => [name, [...table.records()].map(view)]));
}

function viewClock({ clock }: World): Schemas["Clock"] {
  return { nowMs: clock.now(), scale: clock.scale() };
}

function refuse(status: number, error: string): Answer {
  return { status, json: { error } };
}

const write = (answer: Answer) => writeAnswer(answer, closedHeaders);

// For browsers that say nothing of the page that asks: what is answered is no script, image or frame of another origin.
const closedHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
};
