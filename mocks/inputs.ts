import { z } from "zod";
import { explainUnknown } from "../src/contract/caller-input.ts";
import { ContractError } from "../src/contract/contract-error.ts";
import { strictProfile } from "../src/contract/difference.ts";
import { showValue } from "../src/contract/printable.ts";
import { closedObject, formOf, oneOf, requireValid } from "./kit/caller-input.ts";
import type { Contract } from "./kit/contract.ts";
import { createFaultSchema, resolveFaults } from "./kit/fault-schema.ts";
import type { JournalExpectation } from "./kit/journal.ts";
import { count, instantMs, storedShape } from "./kit/record-shape.ts";
import type { NewWorldOptions, TenantTemplate } from "./kit/universe.ts";
import type { Tenant, WorldChecks } from "./kit/world.ts";
import type { ListenOptions, MockOptions } from "./mock.ts";

/** A schema for each member of a type, so that none can be forgotten. */
type Shape<T> = { readonly [Name in keyof Required<T>]: z.ZodType };

const atLeast0 = z.number().min(0);
const text = z.string().min(1);
const callable = z.custom((value) => typeof value === "function", "a function is due");
const clock = z.custom((value) => typeof (value as { now?: unknown } | null)?.now === "function", "a clock has now()");
const label = z.string().regex(/^[a-z0-9-]+$/, "lower-case letters, digits and hyphens are due");

// A request of another library's fetch is one too, so what counts is what is read of it.
const request = z.custom(
  (value) => typeof (value as { url?: unknown; text?: unknown } | null)?.text === "function",
  "a Request is due, such as new Request(url)",
);

/** What the mock of some contracts takes, from code, from a file and over HTTP: each thing is said here and once. */
export type Inputs = ReturnType<typeof assembleInputs>;

const assembled = new WeakMap<readonly Contract[], Inputs>();

/** The schemas of all that a mock of these contracts is given. They are put together once: schemas cost more than mocks. */
export function inputsOf(contracts: readonly Contract[]): Inputs {
  const known = assembled.get(contracts) ?? assembleInputs(contracts);
  assembled.set(contracts, known);
  return known;
}

function assembleInputs(contracts: readonly Contract[]) {
  const names = contracts.map(({ contract }) => contract);
  const contract = oneOf("contract", names).describe("A contract that there is a mock of.");
  const everyOperation = contracts.flatMap(({ operations, otherRequests = [] }) => [
    ...Object.values(operations).map(({ id }) => id),
    ...otherRequests,
  ]);
  const operationIds = [...new Set(everyOperation)];
  const operation = oneOf("operation", operationIds).describe("An operation of any contract, or requests with a name.");
  const journalled = oneOf("operation", [...operationIds, ""]).describe(
    "What a journal calls a request; empty where it matched no operation.",
  );
  const faults = contracts.flatMap((one) => one.faults);
  const fault = createFaultSchema(faults, operation);
  const faultSettings = z.array(fault).describe("Faults that are on.");
  const profiles = closedObject(
    Object.fromEntries(contracts.map((one) => [one.contract, profileSchema(one).optional()])),
    "contract",
  ).describe("What answers as servers were seen to. A profile of a contract, or one difference from it.");
  const everySetting = Object.assign({}, ...contracts.map(settingShape)) as Readonly<Record<string, z.ZodType>>;
  const settings = closedObject({ ...optional(everySetting), as: profiles.optional() }).describe("Settings to change.");
  const world = {
    seed: text
      .optional()
      .describe("What ids, runs and secrets derive from. Drawn if left out, and then secrets cannot be foreseen."),
    clockScale: atLeast0
      .optional()
      .describe("Speed of its clock. 1 is real, 0 stands still, 60 makes a minute of each second."),
    startMs: instantMs
      .optional()
      .describe("First reading of its clock, in milliseconds since 1970, within the year 9999."),
    settings: settings.optional(),
    faults: faultSettings.optional(),
  } satisfies Shape<NewWorldOptions>;
  const tenant = formOf("contract", "contract", contracts.map(tenantSchema) as never, names).describe(
    "A caller with a key: an account or an organisation.",
  );
  const mock = {
    ...world,
    as: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe("Profiles of every world, or ids of differences."),
    clock: clock.optional(),
    tenants: z.array(tenant).min(1).optional().describe("Who every world knows, instead of the usual ones."),
    journal: closedObject({ entriesMax: count.min(1).optional(), bytesMax: count.min(1).optional() })
      .optional()
      .describe("How far back each world's journal reaches."),
    bodyBytesMax: count.min(1).optional().describe("The longest request body that is read. 1 MiB by default."),
    cors: z.boolean().optional().describe("Whether pages of any origin may call the APIs. Not the control API."),
    controlToken: z.string().min(16).optional().describe("Lets other machines use the control API."),
    state: z
      .string()
      .regex(/^(?:sqlite:.|rediss?:\/\/)/, "sqlite:FILE or redis://HOST is due")
      .optional()
      .describe("Where state is kept: sqlite:FILE, or redis://HOST for replicas. In memory alone by default."),
    sleep: callable.optional(),
    onRequest: callable.optional(),
    onIncoming: callable.optional(),
  } satisfies Shape<MockOptions>;
  const port = z.int().min(0).max(65_535);
  const listen = {
    port: port.optional(),
    host: text.optional().describe("Address to listen on. 127.0.0.1 by default."),
  } satisfies Shape<ListenOptions>;
  const filter = {
    operation: journalled.optional(),
    tenantId: z.string().optional().describe("Only by this tenant."),
    status: z.int().min(100).max(599).optional().describe("Only with this status."),
  };
  const { clock: _clock, sleep: _sleep, onRequest: _tell, onIncoming: _stand, settings: _settings, ...ofFile } = mock;
  return {
    names,
    faults,
    contract,
    operation,
    journalled,
    fault,
    faultSettings,
    profiles,
    settings,
    allSettings: z.object({ ...everySetting, as: profiles.optional() }).describe("Settings of a world."),
    mock: closedObject(mock),
    start: closedObject({ ...mock, ...listen, contract }),
    listen: closedObject(listen),
    world: closedObject(world).describe("How a world begins."),
    filter: closedObject(filter),
    expectation: closedObject({
      ...filter,
      times: count.optional().describe("Exactly so many."),
      atLeast: count.optional().describe("So many or more; 1 if no number is given."),
      atMost: count.optional().describe("So many or fewer."),
    } satisfies Shape<JournalExpectation>).describe("Which calls are expected, and how many."),
    config: closedObject({
      $schema: z.string().optional().describe("For editors, in a JSON file."),
      host: listen.host,
      ports: closedObject(Object.fromEntries(names.map((name) => [name, port.optional()]))).optional(),
      ...ofFile,
      ...optional(everySetting),
    }).describe("The configuration of `sandglass mock`."),
    tenant: z
      .object(tenantMembers(contracts, contract))
      .describe("A caller with a key, which is an account or an organisation."),
    snapshot: snapshotSchema(contracts, { contract, settings, faultSettings }),
  };
}

function profileSchema({ title, profiles: { names, differences } }: Contract) {
  const shown = differences.flatMap(({ id, notShown }) => (notShown === undefined ? [id] : []));
  const hint = [strictProfile, ...names, "or the id of one difference"];
  return oneOf("profile", [strictProfile, ...names, ...shown], hint).describe(`The profile of ${title}.`);
}

const settingShape = ({ settings }: Contract): Record<string, z.ZodType> =>
  Object.fromEntries(Object.entries(settings).map(([name, { schema }]) => [name, schema]));

function optional(shape: Readonly<Record<string, z.ZodType>>) {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.optional()]));
}

const ownShape = (one: Contract) =>
  optional(Object.fromEntries(Object.entries(settingShape(one)).filter(([name]) => one.tenantSettings.includes(name))));

function tenantSchema(one: Contract) {
  return closedObject({
    contract: z.literal(one.contract).describe("Whose API the key is for."),
    name: label.describe("What people call it. Its key is sandglass-<name> unless `key` says another."),
    organisation: label
      .optional()
      .describe("Tenants of one contract that name the same one share it. Their own by default."),
    id: text.optional().describe("Its account's or organisation's id in the default world."),
    organisationId: text.optional().describe("Its organisation's id in the default world."),
    key: text.optional().describe("The credential in the default world."),
    ...ownShape(one),
  } satisfies Shape<TenantTemplate>);
}

const tenantMembers = (contracts: readonly Contract[], contract: z.ZodType) => ({
  ...savedTenantMembers(contracts, contract),
  key: z.string().describe("The credential."),
});

function savedTenantMembers(contracts: readonly Contract[], contract: z.ZodType) {
  return {
    contract,
    id: z.string().describe("The account or organisation."),
    name: z.string().describe("What people call it."),
    organisationId: z.string().describe("Tenants that share it can reach each other's accounts."),
    ...(Object.assign({}, ...contracts.map(ownShape)) as Readonly<Record<string, z.ZodType>>),
  };
}

function snapshotSchema(
  contracts: readonly Contract[],
  parts: Readonly<Record<"contract" | "settings" | "faultSettings", z.ZodType>>,
) {
  const tables = Object.assign({}, ...contracts.map(({ records }) => records)) as Readonly<Record<string, z.ZodType>>;
  const lists = Object.entries(tables).map(([name, record]) => [name, z.array(record).optional()]);
  return z
    .object({
      format: z.literal("sandglass-world-1").describe("The version of this form."),
      seed: z.string().describe("What its chance derives from."),
      seededSecrets: z.boolean().describe("Whether secrets, such as tokens, derive from it too."),
      nowMs: instantMs.describe("Its time, within the year 9999."),
      clockScale: atLeast0.describe("Speed of its clock."),
      random: z
        .array(
          z
            .int()
            .min(-(2 ** 31))
            .max(2 ** 32 - 1),
        )
        .length(4)
        .describe("Where its chance stands. Four words of 32 bits."),
      settings: parts.settings,
      tenants: z
        .array(z.object(savedTenantMembers(contracts, parts.contract)))
        .describe("Who it knew, without their keys."),
      faults: parts.faultSettings,
      tables: z
        .object(Object.fromEntries(lists) as Record<string, z.ZodType>)
        .catchall(z.array(z.object(storedShape)))
        .describe("Records by table, oldest first."),
    })
    .describe("A world in a file.");
}

const clockChange = closedObject({
  advanceMs: atLeast0.optional().describe("How far to move ahead."),
  scale: atLeast0.optional().describe("The new speed."),
}).describe("What to do to a clock.");

/** Checks what the functions of the mock are given. Each throws a `ContractError` `CONFIG_INVALID`. */
export function createChecks(inputs: Inputs) {
  // Made once: a schema is compiled when it is first asked, which takes as long as several creates.
  const contract = closedObject({ contract: inputs.contract });
  const requireContract = (what: string, name: unknown) => requireValid(what, contract, { contract: name });
  return {
    createMock: (options: unknown) => {
      requireValid("createMock", inputs.mock, options);
      requireDistinct((options as MockOptions).tenants ?? []);
    },
    startMock: (options: unknown) => requireValid("startMock", inputs.start, options),
    listen: (name: unknown, options: unknown) => {
      requireContract("listen", name);
      requireValid("listen", inputs.listen, options);
    },
    fetch: (name: unknown, sent: unknown) => {
      requireContract("fetch", name);
      requireValid("fetch", request, sent);
    },
    snapshot: (file: unknown) => requireValid("snapshot", inputs.snapshot, file),
    clock: (change: unknown) => requireValid("clock", clockChange, change),
  } as const;
}

export { clockChange };

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

/** Checks what worlds are given. */
export function createWorldChecks(inputs: Inputs): WorldChecks {
  return {
    world: (options) => requireValid("createWorld", inputs.world, options),
    settings: (change) => requireValid("changeSettings", inputs.settings, change),
    faults: (sent) => {
      requireValid("faults", inputs.faultSettings, sent);
      return resolveFaults(sent, inputs.faults);
    },
    journal: (tenants) => ({
      filter: (sent) => requireFilter("journal.entries", inputs.filter, sent, tenants),
      expectation: (sent) => requireFilter("journal.verify", inputs.expectation, sent, tenants),
    }),
  };
}

function requireFilter(what: string, schema: z.ZodType, sent: unknown, tenants: readonly Tenant[]): void {
  requireValid(what, schema, sent);
  const { tenantId } = sent as { readonly tenantId?: string };
  const ids = tenants.map(({ id }) => id);
  if (tenantId === undefined || tenantId === "" || ids.includes(tenantId)) return;
  throw new ContractError("CONFIG_INVALID", `${what}: tenantId: ${explainUnknown("tenant", tenantId, ids)}`);
}
