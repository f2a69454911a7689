import { z } from "zod";
import { ContractError } from "../src/contract/contract-error.ts";
import { showValue } from "../src/contract/printable.ts";
import { contractNames } from "./contract-names.ts";
import { requireValid } from "./kit/caller-input.ts";
import { previewOperation, resolveFaults } from "./kit/fault-settings.ts";
import type { FaultSetting, KnownFault } from "./kit/fault.ts";
import type { JournalExpectation } from "./kit/journal.ts";
import type { ProfileTable } from "./kit/profile.ts";
import type { NewWorldOptions, TenantTemplate } from "./kit/universe.ts";
import type { WorldChecks, WorldSettings } from "./kit/world.ts";
import type { ListenOptions, MockOptions } from "./mock.ts";
import { requireKnownProfiles } from "./profiles.ts";

/** A schema for each member of a type, so that none can be forgotten. */
type Shape<T> = { readonly [Name in keyof Required<T>]: z.ZodType };

const atLeast0 = z.number().min(0);
const count = z.int().min(0);
const callable = z.custom((value) => typeof value === "function", "a function is due");
const clock = z.custom((value) => typeof (value as { now?: unknown } | null)?.now === "function", "a clock has now()");

const upstreams = z.record(
  z.string().regex(/^(?:sb-[0-9a-z-]+:)?[1-9]\d{0,4}$/, 'a port or "sb-<id>:<port>" is due'),
  z.url({ protocol: /^https?$/ }),
);

const settings = z.strictObject({
  quota: count.nullable().optional(),
  bootLatencyMs: atLeast0.optional(),
  stopGraceMs: atLeast0.optional(),
  previewDomain: z.string().min(1).optional(),
  previewUpstreams: upstreams.optional(),
  previewKeepsToken: z.boolean().optional(),
  as: z.record(z.string(), z.string()).optional(), // which profiles there are is for the table to say
} satisfies Shape<WorldSettings>);

const tenant = z.strictObject({
  contract: z.enum(contractNames),
  name: z.string().min(1),
  organisation: z.string().min(1),
  id: z.string().min(1).optional(),
  organisationId: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
  quota: count.nullable().optional(),
} satisfies Shape<TenantTemplate>);

const anything = z.unknown().optional();

// What a fault's limits and sizes may be is judged with the faults at hand.
const fault = z.strictObject({
  id: anything,
  times: anything,
  probability: anything,
  operation: anything,
  options: z.record(z.string(), z.unknown()).optional(),
} satisfies Shape<FaultSetting>);
const faults = z.array(fault);

const worldShape = {
  seed: z.string().min(1).optional(),
  clockScale: atLeast0.optional(),
  startMs: atLeast0.optional(),
  settings: settings.optional(),
  faults: faults.optional(),
} satisfies Shape<NewWorldOptions>;

const mockShape = {
  ...worldShape,
  as: z.union([z.string(), z.array(z.string())]).optional(),
  clock: clock.optional(),
  tenants: z.array(tenant).optional(),
  journal: z.strictObject({ entriesMax: count.min(1).optional(), bytesMax: count.min(1).optional() }).optional(),
  bodyBytesMax: count.min(1).optional(),
  cors: z.boolean().optional(),
  controlToken: z.string().min(1).optional(),
  sleep: callable.optional(),
  onRequest: callable.optional(),
} satisfies Shape<MockOptions>;

const listenShape = {
  port: z.int().min(0).max(65_535).optional(),
  host: z.string().min(1).optional(),
} satisfies Shape<ListenOptions>;

const contract = z.strictObject({ contract: z.enum(contractNames) });
const mockOptions = z.strictObject(mockShape);
const listenOptions = z.strictObject(listenShape);
const startOptions = contract.extend({ ...mockShape, ...listenShape });
const newWorldOptions = z.strictObject(worldShape);

// A request of another library's fetch is one too, so what counts is what is read of it.
const request = z.custom(
  (value) => typeof (value as { url?: unknown; text?: unknown } | null)?.text === "function",
  "a Request is due, such as new Request(url)",
);

/** Checks what the functions of the mock are given. Each throws a `ContractError` `CONFIG_INVALID`. */
export const requireOptions = {
  createMock: (options: unknown) => {
    requireValid("createMock", mockOptions, options);
    requireDistinct((options as MockOptions).tenants ?? []);
  },
  startMock: (options: unknown) => requireValid("startMock", startOptions, options),
  listen: (name: unknown, options: unknown) => {
    requireValid("listen", contract, { contract: name });
    requireValid("listen", listenOptions, options);
  },
  fetch: (name: unknown, sent: unknown) => {
    requireValid("fetch", contract, { contract: name });
    requireValid("fetch", request, sent);
  },
} as const;

// A key leads to one tenant of one world, and worlds that are created make their keys of the names.
function requireDistinct(tenants: readonly TenantTemplate[]): void {
  tenants.forEach(({ contract, name, key = `sandglass-${name}` }, at) => {
    for (const other of tenants.slice(0, at).filter((one) => one.contract === contract)) {
      if (other.name === name) {
        throw refuseTenants(`two of ${contract} are called ${showValue(name)}: give each a name of its own`);
      }
      if ((other.key ?? `sandglass-${other.name}`) === key) {
        const names = `${showValue(other.name)} and ${showValue(name)}`;
        throw refuseTenants(`${names} of ${contract} have the same key: give each one of its own`);
      }
    }
  });
}

const refuseTenants = (message: string) => new ContractError("CONFIG_INVALID", `createMock: tenants: ${message}`);

/** Checks what worlds are given, knowing which faults and operations there are. */
export function createWorldChecks(
  known: readonly KnownFault[],
  operations: readonly string[],
  profiles: Readonly<Record<string, ProfileTable>>,
): WorldChecks {
  const filterShape = {
    operation: z.enum([...new Set([...operations, previewOperation, ""])]).optional(),
    tenantId: z.string().optional(),
    status: z.int().optional(),
  };
  const filter = z.strictObject(filterShape);
  const expectation = z.strictObject({
    ...filterShape,
    times: count.optional(),
    atLeast: count.optional(),
    atMost: count.optional(),
  } satisfies Shape<JournalExpectation>);
  return {
    world: (options) => {
      requireValid("createWorld", newWorldOptions, options);
      requireKnownProfiles((options as NewWorldOptions).settings?.as ?? {}, profiles);
    },
    settings: (change) => {
      requireValid("changeSettings", settings, change);
      requireKnownProfiles((change as Partial<WorldSettings>).as ?? {}, profiles);
    },
    faults: (sent) => {
      requireValid("faults", faults, sent);
      return resolveFaults(sent, known, operations);
    },
    filter: (sent) => requireValid("journal.entries", filter, sent),
    expectation: (sent) => requireValid("journal.verify", expectation, sent),
  };
}
