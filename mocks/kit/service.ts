import { type Sleep, systemSleep } from "../../src/contract/clock.ts";
import { strictProfile } from "../../src/contract/difference.ts";
import type { HttpMethod } from "../../src/contract/operation.ts";
import { writeAnswer } from "./answer.ts";
import type { AnySettings, ContractFacts } from "./contract.ts";
import { answerPreflight, corsHeaders } from "./cors.ts";
import { writeStream } from "./event-stream.ts";
import { type Answer, answerExchange, type Exchange, type MockRequest, type Parts } from "./exchange.ts";
import { applyFault, type Fault } from "./fault.ts";
import type { ExchangeNotes } from "./answered-request.ts";
import type { Interceptor } from "./http-listener.ts";
import type { JournalRecord, Reason } from "./journal.ts";
import { applyProfile, type Profiles } from "./profile.ts";
import { createRouteFinder } from "./route.ts";
import { andThen, type Awaitable } from "./table.ts";
import type { Universe } from "./universe.ts";
import type { World } from "./world.ts";

/** One contract as a mock serves it. */
export type Service<
  P extends Parts<P>,
  Name extends string = string,
  S extends object = AnySettings,
  Own extends keyof S = keyof S,
> = ContractFacts<Name, S, Own> & {
  readonly parts: P;
  readonly faults: readonly Fault<P>[];
  readonly profiles: Profiles<P>;
  /** The credential by which a request selects its world, whether or not it is in order otherwise. */
  readonly credentialOf: (request: MockRequest) => string | undefined;
  /** The world that a request names by itself, where no credential is due. */
  readonly worldNamedBy?: (request: MockRequest) => string | undefined;
  readonly pathUnknown: (request: MockRequest, world: World) => Answer;
  readonly methodUnknown: (request: MockRequest, allowed: readonly string[], world: World) => Answer;
  /** Operations of the vendor that the mock answers like paths that are unknown: methods by path template. */
  readonly notEmulated: Readonly<Record<string, readonly HttpMethod[]>>;
  /** Operations whose bodies are secrets: journals have none of them. */
  readonly hiddenBodies?: readonly string[];
  /** Headers of every answer, also to what is no request. */
  readonly headersFor: (request: Pick<MockRequest, "header">, world: World) => Readonly<Record<string, string>>;
  /** Takes up in a world what goes on without requests. */
  readonly resume?: (world: World) => void;
  /** Takes requests that are no operation before all else. */
  readonly intercept?: (context: {
    readonly universe: Universe;
    readonly partsOf: PartsOf<P>;
    readonly notes: ExchangeNotes;
    readonly sleep: Sleep;
  }) => readonly Interceptor[];
};

/** A service apart from its settings, which only its own handlers read. */
export type AnswersOf<P extends Parts<P>> = Omit<Service<P>, keyof ContractFacts> &
  Pick<ContractFacts, "contract" | "operations">;

/** Names the world of a request that no key leads to: for tests of what an unknown key gets. */
export const worldHeader = "x-sandglass-world";

/** Answers requests, however they come in. */
export type Dispatcher = {
  readonly answer: (request: MockRequest, operationId: string) => Awaitable<Answer>;
  /** Answers a request that matches no operation; `allowed` are the methods that its path does have. */
  readonly answerUnmatched: (request: MockRequest, allowed: readonly string[]) => Awaitable<Answer>;
};

/** The parts of a service in one world. */
export type PartsOf<P> = (world: World) => P;

export type DispatcherOptions<P extends Parts<P>> = {
  readonly service: AnswersOf<P>;
  readonly universe: Universe;
  readonly partsOf: PartsOf<P>;
  readonly cors: boolean; // whether pages of any origin may call
  readonly notes: ExchangeNotes;
};

/** Creates the dispatcher of a service. It answers each request in the request's own world, and keeps the journals. */
export function createDispatcher<P extends Parts<P>>({
  service,
  universe,
  partsOf,
  cors,
  notes,
}: DispatcherOptions<P>): Dispatcher {
  const reasonOf = createNotEmulatedFinder(service);
  const worldOf = (request: MockRequest): World => {
    const credential = service.credentialOf(request);
    const owner = credential === undefined ? undefined : universe.findByKey(service.contract, credential);
    if (owner !== undefined) return owner.world;
    const named = request.header(worldHeader) ?? service.worldNamedBy?.(request);
    return (named === undefined ? undefined : universe.find(named)) ?? universe.defaultWorld();
  };
  /** Completes an answer and notes it; where state is kept, it leaves when all that it tells is kept. */
  const complete = (
    world: World,
    request: MockRequest,
    operation: string,
    tenantId: string,
    raw: Answer,
    beganAtMs: number,
  ): Awaitable<Answer> => {
    const nowMs = world.clock.now();
    const headers = { ...service.headersFor(request, world), date: httpDate(nowMs) };
    const answer = writeAnswer(writeStream(raw), cors ? Object.assign(headers, corsHeaders(request)) : headers);
    const record: JournalRecord = {
      atMs: nowMs,
      contract: service.contract,
      operation,
      tenantId,
      method: request.method,
      url: request.url,
      requestHeaders: request.rawHeaders,
      requestBody: service.hiddenBodies?.includes(operation) === true ? "" : request.body,
      status: answer.status,
      answerHeaders: answer.headers ?? {},
      answerBody: answer.text ?? "",
      reason: answer.reason,
      unread: answer.unread ?? [],
    };
    const settled = notes.add(world, record, beganAtMs, answer.delivery?.delayMs);
    return settled === undefined ? answer : settled.then((refusal) => refusal ?? answer);
  };
  return {
    answer: (request, operationId) => {
      const beganAtMs = notes.begin();
      const world = worldOf(request);
      const exchange: Exchange = { world, operation: service.operations[operationId]!, request };
      return andThen(answerExchange(partsOf(world), exchange), ({ answer, tenantId }) =>
        complete(world, request, operationId, tenantId, answer, beganAtMs),
      );
    },
    answerUnmatched: (request, allowed) => {
      const beganAtMs = notes.begin();
      const world = worldOf(request);
      // No journal has it and no chance goes into it, however often a caller asks while the mock starts.
      if (isHealthCheck(request)) {
        const headers = { ...(cors && corsHeaders(request)), date: httpDate(world.clock.now()) };
        return writeAnswer(healthOf(service.contract, request), headers);
      }
      if (cors && request.method === "OPTIONS")
        return complete(world, request, "", "", answerPreflight(request), beganAtMs);
      const strict =
        allowed.length > 0 ? service.methodUnknown(request, allowed, world) : service.pathUnknown(request, world);
      const answer = partsOf(world).elsewhere?.(strict, request) ?? strict;
      const reason = (answer.status === 401 ? undefined : reasonOf(request)) ?? answer.reason;
      return complete(world, request, "", "", reason === undefined ? answer : { ...answer, reason }, beganAtMs);
    },
  };
}

function isHealthCheck({ method, url }: MockRequest): boolean {
  return /^\/(?:health)?(?:\?|$)/.test(url) && (method === "GET" || method === "HEAD");
}

// One vendor answers /health, in these words; the other has no such path.
function healthOf(contract: string, { url }: MockRequest): Answer {
  return { status: 200, json: url.startsWith("/health") ? { status: "ok" } : { status: "ok", mock: contract } };
}

/** Finds out whether a request is for an operation that the mock lacks, and says so. */
function createNotEmulatedFinder({ contract, notEmulated }: Pick<Service<never>, "contract" | "notEmulated">) {
  const lacking = Object.entries(notEmulated).flatMap(([path, methods]) =>
    methods.map((method) => ({ id: `${method.toUpperCase()} ${path}`, method, path })),
  );
  let findRoute: ReturnType<typeof createRouteFinder> | undefined; // made when it is first needed, which is seldom
  return ({ method, url }: MockRequest): Reason | undefined => {
    findRoute ??= createRouteFinder(Object.fromEntries(lacking.map((operation) => [operation.id, operation])));
    const { operationId } = findRoute(method, url.split("?")[0]!);
    if (operationId === undefined) return undefined;
    const page = `docs/reference/mock-${contract}.md`;
    return { rule: "not-emulated", message: `the vendor has ${operationId}, this mock does not: see ${page}` };
  };
}

/**
 * Composes a world's parts from its profile and its faults, and again only when those change. All that serves one contract shares one
 * cache: what a fault remembers, such as how often it still has to show, is in the parts.
 */
export function createPartsCache<P extends Parts<P>>(
  { contract, parts, profiles, faults }: Pick<AnswersOf<P>, "contract" | "parts" | "profiles" | "faults">,
  sleep: Sleep = systemSleep,
): PartsOf<P> {
  const composed = new WeakMap<World, { version: number; profile: string; parts: P }>();
  return (world) => {
    const version = world.faultsVersion();
    const profile = world.settings.as?.[contract] ?? strictProfile;
    const known = composed.get(world);
    if (known?.version === version && known.profile === profile) return known.parts;
    const result = world.faults().reduce(
      (inner, setting, at) => {
        const fault = faults.find(({ id }) => id === setting.id);
        const { random, faultsShown } = world;
        const key = `${contract} ${at}`;
        const get = () => faultsShown.get(key) ?? 0;
        const shown = { get, add: () => void faultsShown.set(key, get() + 1) };
        return fault === undefined ? inner : applyFault(inner, fault, setting, { random, shown, sleep });
      },
      applyProfile(parts, profiles, profile),
    );
    composed.set(world, { version, profile, parts: result });
    return result;
  };
}

let dateSecond = -1;
let dateText = "";

function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(nowMs).toUTCString();
  }
  return dateText;
}
