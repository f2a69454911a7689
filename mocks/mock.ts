import { type Clock, type Sleep, systemClock, systemSleep } from "../src/contract/clock.ts";
import type { Difference } from "../src/contract/difference.ts";
import type { Operation } from "../src/contract/operation.ts";
import type { FaultSetting, KnownFault } from "./kit/fault.ts";
import { operations as controlOperations } from "../generated/control/operations.ts";
import { createControlDispatcher } from "./control/control.ts";
import { createExchangeNotes, type OnRequest } from "./kit/answered-request.ts";
import { untilAborted } from "./kit/fetch-delivery.ts";
import { createHttpApp, type HttpApp } from "./kit/http-app.ts";
import { type Interceptor, type Listener, startListener } from "./kit/http-listener.ts";
import type { JournalOptions } from "./kit/journal.ts";
import type { Parts } from "./kit/exchange.ts";
import { createDispatcher, createPartsCache, type PartsOf, type Service } from "./kit/service.ts";
import { contractNames, type ContractName, contractPorts } from "./contract-names.ts";
import { definedMembers } from "./kit/caller-input.ts";
import { createUniverse, type NewWorldOptions, type TenantTemplate, type Universe } from "./kit/universe.ts";
import type { World, WorldSettings } from "./kit/world.ts";
import { findDifferences, type ProfileTable } from "./kit/profile.ts";
import { requireKnownProfiles, requireStarted, resolveProfiles } from "./profiles.ts";
import { createPreviewProxy } from "./opencomputer/preview-proxy.ts";
import { openComputerService } from "./opencomputer/service.ts";
import { createWorldChecks, requireOptions } from "./options.ts";
import { recoupService } from "./recoup/service.ts";

export { contractNames, type ContractName, contractPorts };

/** How a mock begins; everything has a default. */
export type MockOptions = {
  /** What ids, runs and, when it is given, preview tokens derive from. Drawn by default. */
  readonly seed?: string;
  /** What worlds take the time from; the machine's own by default. */
  readonly clock?: Clock;
  /** Speed of the worlds' clocks: 0 stands still, 1 (the default) is real. */
  readonly clockScale?: number;
  /** First reading of the worlds' clocks, in milliseconds since the Unix epoch. */
  readonly startMs?: number;
  /** Settings of every world. */
  readonly settings?: Partial<WorldSettings>;
  /** Profiles of every world, or ids of differences: "edge" or ["edge", "production"]; the contracts as they are by default. */
  readonly as?: string | readonly string[];
  /** Who every world knows; the two contracts' usual five by default. */
  readonly tenants?: readonly TenantTemplate[];
  /** Faults of the default world, and of those that are created later. */
  readonly faults?: readonly FaultSetting[];
  /** How far back each world's journal reaches. */
  readonly journal?: JournalOptions;
  /** The longest request body that is read, in bytes. 1 MiB by default. */
  readonly bodyBytesMax?: number;
  /** Lets other machines use the control API; without one, only this one may. */
  readonly controlToken?: string;
  /** Lets pages of any origin call both APIs; false by default, and Recoup's own headers are there anyway. */
  readonly cors?: boolean;
  /** How faults that delay pass their time. By the machine's time by default. */
  readonly sleep?: Sleep;
  /** Is told of each request as it is answered, say to log it; {@link formatRequest} makes a line of it. Nothing is told by default. */
  readonly onRequest?: OnRequest;
};

/** Where a mock listens. */
export type ListenOptions = {
  /** The port; 0, the default, takes one that is free. */
  readonly port?: number;
  /** The address; 127.0.0.1 by default, which no other machine reaches. */
  readonly host?: string;
};

/** Both contracts, mocked in this process. Nothing listens until {@link Mock.listen} is called. */
export type Mock = {
  /** What everything drawn derives from: give it to repeat a run. */
  readonly seed: string;
  /** All worlds. */
  readonly universe: Universe;
  /** The world of the usual keys. */
  readonly defaultWorld: () => World;
  /** Makes another world, with keys of its own. */
  readonly createWorld: (options?: NewWorldOptions) => World;
  /** Answers a request without a socket, to a preview's host name as well. Only a WebSocket wants a listener. */
  readonly fetch: (contract: ContractName, request: Request) => Promise<Response>;
  /** Starts a server of one contract. */
  readonly listen: (contract: ContractName, options?: ListenOptions) => Promise<Listener>;
};

const usualTenants: readonly TenantTemplate[] = [...recoupService.tenants, ...openComputerService.tenants];

/** The default settings of a world. */
export const defaultSettings: WorldSettings = {
  quota: null,
  bootLatencyMs: 400,
  stopGraceMs: 2_000,
  previewDomain: "localhost",
  previewUpstreams: {},
  previewKeepsToken: false,
};

/**
 * Creates a mock of both contracts.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for an option, a profile, a fault or an operation that does not exist or cannot be so
 */
export function createMock(options: MockOptions = {}): Mock {
  requireOptions.createMock(options);
  const {
    seed,
    clock = systemClock,
    clockScale,
    startMs,
    settings = {},
    as = [],
    tenants = usualTenants,
    faults: initialFaults = [],
    journal,
    bodyBytesMax = 1024 * 1024,
    cors = false,
    sleep = systemSleep,
    controlToken,
    onRequest,
  } = options;
  requireKnownProfiles(settings.as ?? {}, profiles);
  const universe = createUniverse({
    baseClock: clock,
    templates: tenants,
    settings: {
      ...defaultSettings,
      as: resolveProfiles([as].flat(), profiles),
      ...definedMembers(settings),
    },
    faults: initialFaults,
    checks: createWorldChecks(faults, operationIds, profiles),
    ...(seed === undefined ? {} : { seed }),
    ...(clockScale === undefined ? {} : { clockScale }),
    ...(startMs === undefined ? {} : { startMs }),
    ...(journal === undefined ? {} : { journal }),
  });
  const control = createHttpApp({
    dispatcher: createControlDispatcher({
      universe,
      faults,
      ...(controlToken === undefined ? {} : { token: controlToken }),
    }),
    operations: controlOperations,
    sleep,
    bodyBytesMax: controlBodyBytesMax,
  });
  const notes = createExchangeNotes(onRequest);
  const createApi = <P extends Parts<P>>(service: Service<P>, partsOf: PartsOf<P>): HttpApp =>
    createHttpApp({
      dispatcher: createDispatcher({ service, universe, partsOf, cors, notes }),
      operations: service.operations,
      mounts: { "/__sandglass": control },
      sleep,
      bodyBytesMax,
    });
  const openComputerParts = createPartsCache(openComputerService, sleep);
  const apps: Readonly<Record<ContractName, HttpApp>> = {
    recoup: createApi(recoupService, createPartsCache(recoupService, sleep)),
    opencomputer: createApi(openComputerService, openComputerParts),
  };
  const previews = createPreviewProxy({ universe, partsOf: openComputerParts, notes });
  const interceptors: Readonly<Record<ContractName, readonly Interceptor[]>> = { recoup: [], opencomputer: [previews] };
  return {
    seed: universe.seed,
    universe,
    defaultWorld: universe.defaultWorld,
    createWorld: universe.create,
    fetch: async (contract, request) => {
      requireOptions.fetch(contract, request);
      return untilAborted(request.signal, () => {
        for (const interceptor of interceptors[contract]) {
          const answer = interceptor.fetch(request);
          if (answer !== undefined) return answer;
        }
        return apps[contract].fetch(request);
      });
    },
    listen: async (contract, options = {}) => {
      requireOptions.listen(contract, options);
      const { port = 0, host = "127.0.0.1" } = options;
      return startListener({ app: apps[contract], interceptors: interceptors[contract], host, port, sleep });
    },
  };
}

const controlBodyBytesMax = 256 * 1024 * 1024; // a snapshot of a large world

/** All faults that can be switched on. One that both contracts have is there for each. */
export const faults: readonly KnownFault[] = [...recoupService.faults, ...openComputerService.faults].map(
  ({ wrap: _wrap, ...known }) => known,
);

const profiles: Readonly<Record<ContractName, ProfileTable>> = {
  recoup: recoupService.profiles,
  opencomputer: openComputerService.profiles,
};

/**
 * The differences from its contract that a mock shows by the name of a profile: "edge" of OpenComputer.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for a contract or a profile that there is not
 */
export function differencesOf(contract: ContractName, name: string): readonly Difference[] {
  requireKnownProfiles({ [contract]: name }, profiles);
  return findDifferences(profiles[contract], name)!.filter(({ notShown }) => notShown === undefined);
}

const operationIds = [recoupService, openComputerService].flatMap(({ operations }) =>
  Object.values<Operation>(operations).map(({ id }) => id),
);

/** A mock of one contract that listens. */
export type StartedMock = Mock & Listener;

/** Creates a mock and starts it on one contract: the short way for a test. */
export async function startMock(
  options: MockOptions & ListenOptions & { readonly contract: ContractName },
): Promise<StartedMock> {
  requireOptions.startMock(options);
  const { contract, port = 0, host = "127.0.0.1", ...rest } = options;
  const mock = createMock(rest);
  requireStarted(mock.defaultWorld().settings.as ?? {}, [contract]);
  return { ...mock, ...(await mock.listen(contract, { port, host })) };
}
