export { defineConfig, mockOptionsOf, parseConfig, type MockConfig } from "./config.ts";
export { type FaultOption, type FaultSetting, isNameOf, type KnownFault } from "./kit/fault.ts";
export type { AnsweredRequest, OnRequest } from "./kit/answered-request.ts";
export { formatClock, formatRequest } from "./inspector/request-line.ts";
export { findSandboxLife, type SandboxLife } from "./inspector/sandbox-life.ts";
export type { CostBounds, TenantUsage } from "./kit/usage.ts";
export type { TimedState } from "./kit/sandbox-facts.ts";
export type { Listener, OnIncoming } from "./kit/http-listener.ts";
export type { Journal, JournalEntry, JournalFilter, JournalOptions } from "./kit/journal.ts";
export type { Contract } from "./kit/contract.ts";
export type { Setting } from "./kit/setting.ts";
export { requireStarted } from "./profiles.ts";
export type { Difference } from "../src/contract/difference.ts";
export type { Tenant, WorldSnapshot } from "./kit/world.ts";
export {
  contractNames,
  contractPorts,
  contracts,
  type ContractName,
  type NewMockWorld as NewWorldOptions,
  type MockTenant as TenantTemplate,
  type MockUniverse as Universe,
  type MockWorld as World,
  type WorldSettings,
} from "./contracts.ts";
export {
  createMock,
  defaultSettings,
  differencesOf,
  faults,
  startMock,
  type ListenOptions,
  type Mock,
  type MockOptions,
  type StartedMock,
} from "./mock.ts";
export { startReplica, type Replica, type ReplicaLead, type ReplicaOptions } from "./replica.ts";
