import { type Contract, defineContract } from "./kit/contract.ts";
import type * as kit from "./kit/universe.ts";
import type { CommonSettings, World } from "./kit/world.ts";
import { openComputerService } from "./opencomputer/service.ts";
import { recoupService } from "./recoup/service.ts";

/** The contracts that there is a mock of. All that is told of them anywhere comes from here. */
export const contracts = [defineContract(recoupService), defineContract(openComputerService)] as const;

type Registered = (typeof contracts)[number];

/** A contract that there is a mock of. */
export type ContractName = Registered["contract"];

/** All of them. */
export const contractNames: readonly ContractName[] = contracts.map(({ contract }) => contract);

/** The port on which each listens unless told otherwise. */
export const contractPorts = Object.fromEntries(contracts.map(({ contract, port }) => [contract, port])) as Readonly<
  Record<ContractName, number>
>;

type Both<T> = (T extends unknown ? (one: T) => void : never) extends (all: infer All) => void ? All : never;
type SettingsOf<C> = C extends Contract<string, infer S, infer _> ? S : never;
type OwnOf<C> = C extends Contract<string, infer S, infer Own> ? Partial<Pick<S, Own>> : never;

/** Settings of a world: those of every contract. */
export type WorldSettings = CommonSettings & Both<SettingsOf<Registered>>;

/** A tenant that every world is to hold, before ids and keys are given out. */
export type MockTenant = kit.TenantTemplate & Both<OwnOf<Registered>>;

/** One isolated universe, with the settings of every contract. */
export type MockWorld = World<WorldSettings>;
/** How a world begins. */
export type NewMockWorld = kit.NewWorldOptions<WorldSettings>;
/** All worlds of one mock. */
export type MockUniverse = kit.Universe<WorldSettings>;
