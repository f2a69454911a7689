import { z } from "zod";
import { ContractError } from "../src/contract/contract-error.ts";
import { contractNames } from "./contract-names.ts";
import { definedMembers, findFaults } from "./kit/caller-input.ts";
import type { MockOptions } from "./mock.ts";

const port = z.int().min(0).max(65_535);
const quota = z.int().min(0).nullable();
const name = z.string().regex(/^[a-z0-9-]+$/, "lower-case letters, digits and hyphens");

const tenantSchema = z
  .strictObject({
    contract: z.enum(contractNames).describe("Whose API the key is for."),
    name: name.describe("What people call it. Its key is sandglass-<name> unless `key` says another."),
    organisation: name
      .optional()
      .describe("Tenants of one contract that name the same one share it. Their own by default."),
    key: z.string().min(1).optional().describe("The credential in the default world."),
    id: z
      .string()
      .min(1)
      .optional()
      .describe("The account or organisation id in the default world. A UUID for Recoup."),
    quota: quota.optional().describe("Running sandboxes of this OpenComputer organisation; null for any number."),
  })
  .describe("A caller with a key: an account or an organisation.");

const faultSchema = z.strictObject({
  id: z.string().describe("The fault, as --list-faults shows it."),
  times: z.int().min(0).optional().describe("Only so many times."),
  probability: z.number().min(0).max(1).optional().describe("How likely it is each time."),
  operation: z.string().optional().describe("Only in this operation."),
  options: z.record(z.string(), z.number()).optional().describe("The size of faults that have one."),
});

/** What `sandglass.config.ts` may say. Unknown members are errors: a setting that is misspelt is not one that is ignored. */
export const configSchema = z
  .strictObject({
    $schema: z.string().optional().describe("For editors, in a JSON file."),
    host: z.string().min(1).optional().describe("Address to listen on. 127.0.0.1 by default."),
    ports: z.strictObject({ recoup: port.optional(), opencomputer: port.optional() }).optional(),
    seed: z.string().min(1).optional().describe("Ids, runs and preview tokens derive from it."),
    clockScale: z.number().min(0).optional().describe("Speed of the worlds' clocks: 1 is real, 0 stands still."),
    startMs: z.int().min(0).optional().describe("First reading of those clocks, in milliseconds since 1970."),
    as: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe(
        "Profiles: edge or cell for OpenComputer, production for Recoup. The contracts as they are by default.",
      ),
    tenants: z.array(tenantSchema).min(1).optional().describe("Who every world knows, instead of the usual five."),
    quota: quota.optional().describe("Running sandboxes of every OpenComputer organisation that names none itself."),
    bootLatencyMs: z.int().min(0).optional().describe("How long a Recoup sandbox is pending. 400 by default."),
    stopGraceMs: z.int().min(0).optional().describe("How long a Recoup sandbox is stopping. 2,000 by default."),
    previewDomain: z.string().min(1).optional().describe("What follows sb-<id>-p<port>. in preview host names."),
    previewUpstreams: z
      .record(z.string().regex(/^[1-9]\d{0,4}$/, "a port"), z.url({ protocol: /^https?$/ }))
      .optional()
      .describe('What stands behind ports: { "3000": "http://127.0.0.1:5173" }.'),
    previewKeepsToken: z.boolean().optional().describe("Whether upstreams see the token that opened the gate."),
    faults: z.array(faultSchema).optional().describe("Faults of the default world, and of those created later."),
    journal: z
      .strictObject({ entriesMax: z.int().min(1).optional(), bytesMax: z.int().min(1).optional() })
      .optional()
      .describe("How far back each world's journal reaches."),
    bodyBytesMax: z.int().min(1).optional().describe("The longest request body that is read. 1 MiB by default."),
    cors: z.boolean().optional().describe("Whether pages of any origin may call both APIs. Not the control API."),
    controlToken: z.string().min(16).optional().describe("Lets other machines use the control API."),
  })
  .describe("The configuration of `sandglass mock`.");

/** The configuration of `sandglass mock`. */
export type MockConfig = z.input<typeof configSchema>;

/** Types a configuration: `export default defineConfig({ … })`. */
export function defineConfig(config: MockConfig): MockConfig {
  return config;
}

/**
 * Reads what a configuration file exports.
 *
 * @param source - the file's name, for the error
 * @throws {@link ContractError} `CONFIG_INVALID` naming each member that is wrong
 */
export function parseConfig(value: unknown, source: string): MockConfig {
  const faults = findFaults(configSchema, value).map(({ path, message }) => `  ${path || "(all)"}: ${message}`);
  if (faults.length === 0) return value as MockConfig;
  throw new ContractError("CONFIG_INVALID", `${source} is not a configuration of the mock:\n${faults.join("\n")}`);
}

/** The part of a configuration that a mock in this process takes. Where to listen is not in it. */
export function mockOptionsOf(config: MockConfig): MockOptions {
  const { quota, bootLatencyMs, stopGraceMs, previewDomain, previewUpstreams, previewKeepsToken, tenants, ...rest } =
    config;
  const { host: _host, ports: _ports, $schema: _schema, ...options } = rest;
  const settings = { quota, bootLatencyMs, stopGraceMs, previewDomain, previewUpstreams, previewKeepsToken };
  return definedMembers({
    ...options,
    settings: definedMembers(settings),
    tenants: tenants?.map((tenant) => definedMembers({ ...tenant, organisation: tenant.organisation ?? tenant.name })),
  }) as MockOptions;
}
