import { type Clock, type Sleep, systemClock, systemSleep } from "../src/contract/clock.ts";
import { configInvalid, ContractError } from "../src/contract/contract-error.ts";
import type { Difference } from "../src/contract/difference.ts";
import { operations as controlOperations } from "../generated/control/operations.ts";
import { type ContractName, contracts, type MockTenant, type WorldSettings } from "./contracts.ts";
import { createControlDispatcher } from "./control/control.ts";
import { createChecks, inputsOf, createWorldChecks } from "./inputs.ts";
import { definedMembers, requireValid } from "./kit/caller-input.ts";
import type { Contract } from "./kit/contract.ts";
import type { FaultSetting, KnownFault } from "./kit/fault.ts";
import { createExchangeNotes, type OnRequest } from "./kit/answered-request.ts";
import { untilAborted } from "./kit/fetch-delivery.ts";
import { createKeeper } from "./kit/keeper.ts";
import { createHttpApp } from "./kit/http-app.ts";
import {
  type Listener,
  type OnIncoming,
  type ServedAtSocket,
  standAround,
  startListener,
} from "./kit/http-listener.ts";
import type { JournalOptions } from "./kit/journal.ts";
import { openSqliteStore } from "./kit/sqlite-store.ts";
import { findDifferences } from "./kit/profile.ts";
import type { StateStore } from "./kit/state-store.ts";
import { createUniverse, type NewWorldOptions, type Universe, type UniverseOptions } from "./kit/universe.ts";
import type { CommonSettings, Settings, World } from "./kit/world.ts";
import { requireStarted, resolveProfiles } from "./profiles.ts";

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
  readonly tenants?: readonly MockTenant[];
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
  /**
   * Where its state is kept, so that it goes on after its process has ended: `sqlite:FILE`, or for replicas
   * `redis://HOST`. In memory alone by default.
   */
  readonly state?: string;
  /** Is told of each request as it is answered, say to log it; {@link formatRequest} makes a line of it. Nothing is told by default. */
  readonly onRequest?: OnRequest;
  /** Stands around the answer to each request that comes over a socket, say to trace it. By default nothing does. */
  readonly onIncoming?: OnIncoming;
};

/** Where a mock listens. */
export type ListenOptions = {
  /** The port; 0, the default, takes one that is free. */
  readonly port?: number;
  /** The address; 127.0.0.1 by default, which no other machine reaches. */
  readonly host?: string;
};

/** Contracts, mocked in this process. Nothing listens until {@link Mock.listen} is called. */
export type Mock<Name extends string = ContractName, S extends CommonSettings = WorldSettings> = {
  /** What everything drawn derives from: give it to repeat a run. */
  readonly seed: string;
  /** All worlds. */
  readonly universe: Universe<S>;
  /** The world of the usual keys. */
  readonly defaultWorld: () => World<S>;
  /** Makes another world, with keys of its own. At the end of a block that holds it by `await using` it is deleted. */
  readonly createWorld: (options?: NewWorldOptions<S>) => World<S> & AsyncDisposable;
  /** Answers a request without a socket, to a preview's host name as well. Only a WebSocket wants a listener. */
  readonly fetch: (contract: Name, request: Request) => Promise<Response>;
  /** Starts a server of one contract. */
  readonly listen: (contract: Name, options?: ListenOptions) => Promise<Listener>;
  /** Lets go of the file that keeps its state; where there is none it does nothing. Listeners are closed before. */
  readonly close: () => Promise<void>;
};

/** The default settings of a world. */
export const defaultSettings = defaultsOf(contracts) as WorldSettings;

/**
 * Creates a mock of both contracts.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for an option, a profile, a fault or an operation that does not exist or cannot be so
 */
export function createMock(options: MockOptions = {}): Mock {
  return createMockOf(contracts, options) as unknown as Mock;
}

/** Creates a mock of any contracts; {@link createMock} does so of those that there are. */
export function createMockOf(mocked: readonly Contract[], options: MockOptions = {}): Mock<string, Settings> {
  return assembleMock(mocked, options, { open: () => openState(options.state) }).mock;
}

/** A mock, and what answers at a socket for each of its contracts. */
export type AssembledMock = {
  readonly mock: Mock<string, Settings>;
  readonly served: ReadonlyMap<string, ServedAtSocket>;
};

/**
 * Creates a mock.
 *
 * @param open - gives what keeps its state, if anything does
 * @param ports - where its contracts are listened for
 */
export function assembleMock(
  mocked: readonly Contract[],
  options: MockOptions,
  { open, ports = new Map() }: { open: () => StateStore | undefined; ports?: Map<string, number> },
): AssembledMock {
  const inputs = inputsOf(mocked);
  const checks = createChecks(inputs);
  checks.createMock(options);
  const {
    seed,
    clock = systemClock,
    clockScale,
    startMs,
    settings = {},
    as = [],
    tenants = mocked.flatMap((contract) => contract.tenants),
    faults: initialFaults = [],
    journal,
    bodyBytesMax = 1024 * 1024,
    cors = false,
    sleep = systemSleep,
    controlToken,
    onRequest,
    onIncoming,
  } = options;
  const profiles = resolveProfiles([as].flat(), mocked);
  const initial: Settings = { ...defaultsOf(mocked), as: profiles, ...definedMembers(settings) };
  const store = open();
  const keeper = store && createKeeper(store, clock);
  const universe = orElse(
    () => store?.close(),
    () =>
      createUniverse({
        baseClock: clock,
        templates: tenants,
        settings: initial,
        ownSettings: (worldId) => ownSettingsOf(mocked, initial, worldId),
        faults: initialFaults,
        checks: createWorldChecks(inputs),
        contracts: mocked,
        ...definedMembers({ seed, clockScale, startMs, journal, keeper }),
      } as UniverseOptions),
  );
  const notes = createExchangeNotes(onRequest, mocked, keeper?.settle);
  const control = createHttpApp({
    dispatcher: createControlDispatcher({
      ...{ universe, contracts: mocked, checks, faults: inputs.faults, token: controlToken, notes },
      trouble: () => keeper?.trouble(),
      ports: () => Object.fromEntries(ports),
      sleep: systemSleep,
    }),
    operations: controlOperations,
    sleep,
    bodyBytesMax: controlBodyBytesMax,
  });
  const served = new Map(
    mocked.map(({ contract, operations, serve }) => {
      const { dispatcher, ...beside } = serve({ universe, sleep, cors, notes });
      const mounts = { "/__sandglass": control };
      return [contract, { ...beside, app: createHttpApp({ dispatcher, operations, mounts, sleep, bodyBytesMax }) }];
    }),
  );
  const atSocket = new Map<string, ServedAtSocket>(
    [...served].map(([contract, one]) => [contract, onIncoming === undefined ? one : standAround(one, onIncoming)]),
  );
  const mock: Mock<string, Settings> = {
    seed: universe.seed,
    universe,
    defaultWorld: universe.defaultWorld,
    createWorld: (begin) => universe.create(begin),
    fetch: async (contract, request) => {
      checks.fetch(contract, request);
      const { app, interceptors } = served.get(contract)!;
      return untilAborted(request.signal, () => {
        for (const interceptor of interceptors) {
          const answer = interceptor.fetch(request);
          if (answer !== undefined) return answer;
        }
        return app.fetch(request);
      });
    },
    listen: async (contract, options = {}) => {
      checks.listen(contract, options);
      const { port = 0, host = "127.0.0.1" } = options;
      const listener = await startListener({ ...atSocket.get(contract)!, host, port, sleep });
      ports.set(contract, listener.port);
      return listener;
    },
    close: async () => keeper?.close(),
  };
  return { mock, served: atSocket };
}

function openState(state: string | undefined): StateStore | undefined {
  if (state === undefined) return undefined;
  if (state.startsWith("sqlite:")) return openSqliteStore(state.slice("sqlite:".length));
  throw configInvalid("state: a mock whose state is in Redis is one of several replicas: start it by startReplica()");
}

/** Does something, and something else where it fails. */
function orElse<T>(otherwise: () => void, act: () => T): T {
  try {
    return act();
  } catch (error) {
    otherwise();
    throw error;
  }
}

const controlBodyBytesMax = 256 * 1024 * 1024; // a snapshot of a large world

function settingsOf({ settings }: Contract) {
  return Object.entries(settings);
}

function defaultsOf(mocked: readonly Contract[]): Settings {
  return Object.fromEntries(mocked.flatMap(settingsOf).map(([name, setting]) => [name, setting.default]));
}

function ownSettingsOf(mocked: readonly Contract[], usual: Settings, worldId: string): Partial<Settings> {
  return Object.fromEntries(
    mocked
      .flatMap(settingsOf)
      .flatMap(([name, { ofWorld }]) => (ofWorld ? [[name, ofWorld(usual[name], worldId)]] : [])),
  );
}

/** All faults that can be switched on. One that several contracts have is there for each. */
export const faults: readonly KnownFault[] = contracts.flatMap((contract) => contract.faults);

/**
 * The differences from its contract that a mock shows by the name of a profile: "edge" of OpenComputer.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for a contract or a profile that there is not
 */
export function differencesOf(contract: ContractName, name: string): readonly Difference[] {
  const inputs = inputsOf(contracts);
  requireValid("differencesOf", inputs.contract, contract);
  requireValid("differencesOf", inputs.profiles, { [contract]: name });
  const { profiles } = contracts.find((one) => one.contract === contract)!;
  return findDifferences(profiles, name)!.filter(({ notShown }) => notShown === undefined);
}

/** A mock of one contract that listens. */
export type StartedMock = Mock &
  Listener & {
    /** The key of the contract's first tenant in a world; in the default one unless another is given. */
    readonly keyOf: (world?: Pick<World, "tenants">) => string;
    /** What a client of this package takes to live in a world: `createRecoupClient(mock.clientOptions())`. */
    readonly clientOptions: (world?: Pick<World, "tenants">) => { readonly baseUrl: string; readonly apiKey: string };
  };

/** Creates a mock and starts it on one contract: the short way for a test. */
export async function startMock(
  options: MockOptions & ListenOptions & { readonly contract: ContractName },
): Promise<StartedMock> {
  createChecks(inputsOf(contracts)).startMock(options);
  const { contract, port = 0, host = "127.0.0.1", ...rest } = options;
  const mock = createMock(rest);
  requireStarted(mock.defaultWorld().settings.as ?? {}, [contract]);
  const listener = await mock.listen(contract, { port, host }).catch(async (error: unknown) => {
    await mock.close();
    throw error;
  });
  const close = async () => {
    await listener.close();
    await mock.close();
  };
  const keyOf: StartedMock["keyOf"] = (world = mock.defaultWorld()) => {
    const tenant = world.tenants.find((one) => one.contract === contract);
    if (tenant !== undefined) return tenant.key;
    throw new ContractError("CONFIG_INVALID", `keyOf: no tenant of this world is of ${contract}: name one in tenants`);
  };
  return {
    ...mock,
    ...listener,
    keyOf,
    close,
    [Symbol.asyncDispose]: close,
    clientOptions: (world) => ({ baseUrl: listener.url, apiKey: keyOf(world) }),
  };
}
