import { ContractError } from "../src/contract/contract-error.ts";
import { type ContractName, contracts, type WorldSettings } from "./contracts.ts";
import { inputsOf } from "./inputs.ts";
import { definedMembers, findFaults } from "./kit/caller-input.ts";
import type { ListenOptions, MockOptions } from "./mock.ts";

/** The configuration of `sandglass mock`: what a mock in this process takes as options, its settings beside the rest, and where to listen. */
export type MockConfig = Omit<MockOptions, "clock" | "sleep" | "onRequest" | "onIncoming" | "settings"> &
  Partial<Omit<WorldSettings, "as">> &
  Pick<ListenOptions, "host"> & {
    /** For editors, in a JSON file. */
    readonly $schema?: string;
    /** The port of each contract; its usual one by default, 0 for one that is free. */
    readonly ports?: Partial<Readonly<Record<ContractName, number>>>;
  };

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
  const faults = findFaults(inputsOf(contracts).config, value).map(
    ({ path, message }) => `  ${path || "(all)"}: ${message}`,
  );
  if (faults.length === 0) return value as MockConfig;
  throw new ContractError("CONFIG_INVALID", `${source} is not a configuration of the mock:\n${faults.join("\n")}`);
}

/** The part of a configuration that a mock in this process takes. Where to listen is not in it. */
export function mockOptionsOf({ host: _host, ports: _ports, $schema: _schema, ...config }: MockConfig): MockOptions {
  const isSetting = ([name]: readonly [string, unknown]) => contracts.some(({ settings }) => name in settings);
  const { true: settings = [], false: options = [] } = Object.groupBy(Object.entries(config), (one) =>
    String(isSetting(one)),
  );
  return definedMembers({ ...Object.fromEntries(options), settings: Object.fromEntries(settings) });
}
