import type { Hono } from "hono";
import { type Clock, type Sleep, systemClock, systemSleep } from "../src/contract/clock.ts";
import { ContractError } from "../src/contract/contract-error.ts";
import type { FaultSetting } from "./kit/fault.ts";
import { operations as controlOperations } from "../generated/control/operations.ts";
import { createControlDesk } from "./control/control.ts";
import { createHttpApp } from "./kit/http-app.ts";
import { type Front, type Listener, startListener } from "./kit/http-listener.ts";
import type { JournalOptions } from "./kit/journal.ts";
import type { Parts } from "./kit/exchange.ts";
import { createDesk, createPartsCache, type Service } from "./kit/service.ts";
import { createUniverse, type NewWorldOptions, type TenantTemplate, type Universe } from "./kit/universe.ts";
import type { World, WorldSettings } from "./kit/world.ts";
import { createPreviewFront } from "./opencomputer/preview-front.ts";
import { openComputerService } from "./opencomputer/service.ts";
import { recoupService } from "./recoup/service.ts";

/** The contracts that there is a mock of, and the port on which each listens unless told otherwise. */
export const contractPorts = { recoup: 4010, opencomputer: 4020 } as const;
export type ContractName = keyof typeof contractPorts;
export const contractNames = Object.keys(contractPorts) as readonly ContractName[];

export type MockOptions = {
  readonly seed?: string; // drawn by default; when given, preview tokens derive from it too
  readonly clock?: Clock; // what worlds take the time from; the machine's own by default
  readonly clockScale?: number; // speed of the default world's clock: 0 stands still, 1 (the default) is real
  readonly startMs?: number; // first reading of the default world's clock
  readonly settings?: Partial<WorldSettings>;
  readonly tenants?: readonly TenantTemplate[]; // who every world knows; the two contracts' usual ones by default
  readonly faults?: readonly FaultSetting[]; // of the default world
  readonly journal?: JournalOptions;
  readonly bodyBytesMax?: number; // 1 MiB by default
  readonly controlToken?: string; // lets other machines use the control API; without one, only this one may
  readonly sleep?: Sleep; // how faults that delay pass their time
};

export type ListenOptions = {
  readonly port?: number; // 0, the default, takes one that is free
  readonly host?: string; // 127.0.0.1 by default
};

/** Both contracts, mocked in this process. Nothing listens until {@link Mock.listen} is called. */
export type Mock = {
  readonly seed: string;
  readonly universe: Universe;
  readonly defaultWorld: () => World;
  readonly createWorld: (options?: NewWorldOptions) => World;
  /** Answers a request without a socket. */
  readonly fetch: (contract: ContractName, request: Request) => Promise<Response>;
  readonly listen: (contract: ContractName, options?: ListenOptions) => Promise<Listener>;
};

const usualTenants: readonly TenantTemplate[] = [...recoupService.tenants, ...openComputerService.tenants];

/** What worlds are told unless told otherwise. */
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
 * @throws {@link ContractError} `CONFIG_INVALID` for a fault that does not exist
 */
export function createMock({
  seed,
  clock = systemClock,
  clockScale,
  startMs,
  settings,
  tenants = usualTenants,
  faults: initialFaults = [],
  journal,
  bodyBytesMax = 1024 * 1024,
  sleep = systemSleep,
  controlToken,
}: MockOptions = {}): Mock {
  requireKnownFaults(initialFaults);
  const universe = createUniverse({
    baseClock: clock,
    templates: tenants,
    settings: { ...defaultSettings, ...settings },
    faults: initialFaults,
    ...(seed === undefined ? {} : { seed }),
    ...(clockScale === undefined ? {} : { clockScale }),
    ...(startMs === undefined ? {} : { startMs }),
    ...(journal === undefined ? {} : { journal }),
  });
  const control = createHttpApp({
    desk: createControlDesk({ universe, faults, ...(controlToken === undefined ? {} : { token: controlToken }) }),
    operations: controlOperations,
    sleep,
    bodyBytesMax: controlBodyBytesMax,
  });
  const face = <P extends Parts<P>>(service: Service<P>): Hono =>
    createHttpApp({
      desk: createDesk(service, universe),
      operations: service.operations,
      mounts: { "/__sandglass": control },
      sleep,
      bodyBytesMax,
    });
  const apps: Readonly<Record<ContractName, Hono>> = {
    recoup: face(recoupService),
    opencomputer: face(openComputerService),
  };
  const previews = createPreviewFront({ universe, partsOf: createPartsCache(openComputerService) });
  const fronts: Readonly<Record<ContractName, readonly Front[]>> = { recoup: [], opencomputer: [previews] };
  return {
    seed: universe.seed,
    universe,
    defaultWorld: universe.defaultWorld,
    createWorld: universe.create,
    fetch: async (contract, request) => apps[contract].fetch(request),
    listen: (contract, { port = 0, host = "127.0.0.1" } = {}) =>
      startListener({ app: apps[contract], fronts: fronts[contract], host, port, sleep }),
  };
}

const controlBodyBytesMax = 256 * 1024 * 1024; // a snapshot of a large world

/** All faults that can be switched on. */
export const faults = [...recoupService.faults, ...openComputerService.faults].map(({ id, contract, summary }) => ({
  id,
  contract,
  summary,
}));

function requireKnownFaults(settings: readonly FaultSetting[]): void {
  for (const { id } of settings) {
    if (!faults.some((fault) => fault.id === id)) {
      throw new ContractError(
        "CONFIG_INVALID",
        `there is no fault "${id}": \`sandglass mock --list-faults\` lists them`,
      );
    }
  }
}

/** A mock of one contract that listens. */
export type StartedMock = Mock & Listener;

/** Creates a mock and starts it on one contract: the short way for a test. */
export async function startMock({
  contract,
  port = 0,
  host,
  ...options
}: MockOptions & ListenOptions & { readonly contract: ContractName }): Promise<StartedMock> {
  const mock = createMock(options);
  return { ...mock, ...(await mock.listen(contract, { port, ...(host === undefined ? {} : { host }) })) };
}
