import type { z } from "zod";
import type { Sleep } from "../../src/contract/clock.ts";
import type { Operation } from "../../src/contract/operation.ts";
import type { ExchangeNotes } from "./answered-request.ts";
import type { MockRequest, Parts } from "./exchange.ts";
import type { KnownFault } from "./fault.ts";
import type { Interceptor } from "./http-listener.ts";
import type { ProfileTable } from "./profile.ts";
import { createRandom } from "./random.ts";
import type { SandboxFacts } from "./sandbox-facts.ts";
import { createDispatcher, createPartsCache, type Dispatcher, type Service } from "./service.ts";
import type { SettingTable } from "./setting.ts";
import type { TenantTemplate, Universe } from "./universe.ts";

/** Settings of a contract that is not known more closely. */
export type AnySettings = Readonly<Record<string, unknown>>;

/** What there is to know of a contract that a mock serves, apart from how it answers. */
export type ContractFacts<
  Name extends string = string,
  S extends object = AnySettings,
  Own extends keyof S = keyof S,
> = {
  readonly contract: Name; // as its folders are called
  readonly title: string; // as people call it
  readonly port: number; // where it listens unless told otherwise
  readonly operations: Readonly<Record<string, Operation>>; // by operationId
  readonly otherRequests?: readonly string[]; // what faults and journals call requests that are no operation
  readonly settings: SettingTable<S>;
  readonly tenantSettings: readonly Own[]; // settings that a tenant may have for itself
  readonly tenants: readonly TenantTemplate[];
  readonly records: Readonly<Record<string, z.ZodType>>; // what a snapshot may hold, by table
  readonly sandboxes: SandboxFacts;
  /** A create as a developer would try it first. */
  readonly sample: { readonly keyHeader: string; readonly body: string };
};

/** A contract as a mock takes it up: one value, and all that differs between contracts is in it. */
export type Contract<
  Name extends string = string,
  S extends object = AnySettings,
  Own extends keyof S = keyof S,
> = ContractFacts<Name, S, Own> & {
  readonly faults: readonly KnownFault[];
  readonly profiles: ProfileTable;
  readonly serve: (serving: Serving) => Served;
};

/** What a contract is served with. */
type Serving = {
  readonly universe: Universe;
  readonly sleep: Sleep;
  readonly cors: boolean; // whether pages of any origin may call
  readonly notes: ExchangeNotes;
};

/** What answers the requests of a contract. */
type Served = {
  readonly dispatcher: Dispatcher;
  readonly interceptors: readonly Interceptor[];
  readonly refusalHeaders: () => Readonly<Record<string, string>>; // of answers to what is no request at all
};

const noRequest: Pick<MockRequest, "header"> = { header: () => undefined };

/** Makes a contract of its service. */
export function defineContract<P extends Parts<P>, Name extends string, S extends object, Own extends keyof S>(
  service: Service<P, Name, S, Own>,
): Contract<Name, S, Own> {
  return {
    ...service,
    faults: service.faults.map(({ wrap: _wrap, ...known }) => known),
    serve: ({ universe, sleep, cors, notes }) => {
      const partsOf = createPartsCache(service, sleep);
      for (const world of universe.worlds()) service.resume?.(world);
      // Drawn beside the world's chance: how often a caller sends what is none must not change which ids come next.
      const random = createRandom(`refusals ${universe.seed}`);
      return {
        refusalHeaders: () => service.headersFor(noRequest, { ...universe.defaultWorld(), random }),
        dispatcher: createDispatcher({ service, universe, partsOf, cors, notes }),
        interceptors: service.intercept?.({ universe, partsOf, notes, sleep }) ?? [],
      };
    },
  };
}
