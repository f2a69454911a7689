import { InvalidArgumentError, Option } from "commander";
import type { Contract, ContractName, FaultSetting, KnownFault, MockConfig } from "../../mocks/index.ts";
import { ContractError, configInvalid } from "../contract/contract-error.ts";

/** What was given on the command line, by the names that commander makes of flags. */
export type GivenFlags = Readonly<Record<string, unknown>>;

/** A flag that is there since a contract is: its port, or one of its settings. */
type ContractFlag = { readonly contract: ContractName; readonly setting: string; readonly option: Option };

/** A contract that the command can start. */
export type Startable = Contract & { readonly contract: ContractName };

/** The flags for the settings of contracts. */
export function settingFlags(contracts: readonly Startable[]): ContractFlag[] {
  return contracts.flatMap(({ contract, settings }) =>
    Object.entries(settings).flatMap(([setting, { flag, schema }]) => {
      if (flag === undefined) return [];
      const option = new Option(flag.syntax, toHelp(schema.description));
      const { read } = flag;
      return [{ contract, setting, option: read === undefined ? option : option.argParser(reading(read)) }];
    }),
  );
}

/** The flags for the ports of contracts. */
export function portFlags(contracts: readonly Startable[]): ContractFlag[] {
  return contracts.map(({ contract, title, port }) => {
    const help = `port of the ${title} mock, 0 for any (${port} by default)`;
    return { contract, setting: "", option: new Option(`--${contract}-port <port>`, help).argParser(parsePort) };
  });
}

// A sentence of the schema as the help of commands has its own.
const toHelp = (sentence = "") => sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, "");

function reading(read: (text: string, before: never) => unknown) {
  return (text: string, before: unknown) => {
    try {
      return read(text, before as never);
    } catch (error) {
      if (error instanceof ContractError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

/** Reads a port. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError("It is a port number from 0 to 65535.");
  return port;
}

/** The contracts that are named, all of them where none is. */
export function chooseContracts(named: readonly string[], contracts: readonly Startable[]): readonly Startable[] {
  const names = contracts.map(({ contract }) => contract);
  const unknown = named.find((name) => name !== "all" && !names.some((contract) => contract === name));
  if (unknown !== undefined) throw configInvalid(`there is no contract "${unknown}": it is ${names.join(", ")} or all`);
  return named.length === 0 || named.includes("all")
    ? contracts
    : contracts.filter(({ contract }) => named.includes(contract));
}

/**
 * What the flags of contracts say, as a configuration. One for a contract that is not started is a mistake.
 *
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export function readContractFlags(
  contracts: readonly Startable[],
  wanted: readonly Startable[],
  given: GivenFlags,
): MockConfig {
  const isGiven = ({ option }: ContractFlag) => given[option.attributeName()] !== undefined;
  const [settings, ports] = [settingFlags(contracts).filter(isGiven), portFlags(contracts).filter(isGiven)];
  const all = [...settings, ...ports];
  for (const { contract, option } of all) {
    const owners = all.filter((one) => one.option.long === option.long);
    const isWanted = owners.some((one) => wanted.some((each) => each.contract === one.contract));
    if (!isWanted) requireWanted(contract, option.long!, wanted);
  }
  return {
    ...Object.fromEntries(settings.map(({ setting, option }) => [setting, given[option.attributeName()]])),
    ports: {
      ...Object.fromEntries(ports.map((one) => [one.contract, given[one.option.attributeName()]])),
      ...portOf(wanted, given, ports),
    },
  };
}

/** `--port` as the port of the one contract that it is for. */
function portOf(
  wanted: readonly Startable[],
  { port }: GivenFlags,
  ports: readonly ContractFlag[],
): MockConfig["ports"] {
  if (port === undefined) return {};
  const [one, ...others] = wanted;
  if (one === undefined || others.length > 0) {
    throw configInvalid("--port is for one contract: name it, as in sandglass mock recoup --port 5000");
  }
  if (ports.length > 0) throw configInvalid(`--port and ${ports[0]!.option.long} are the same here: give one of them`);
  return { [one.contract]: port };
}

/** Refuses faults that no contract that is started can show. */
export function requireShown(
  faults: readonly FaultSetting[],
  known: readonly KnownFault[],
  wanted: readonly Startable[],
): void {
  for (const { id } of faults) {
    const owners = known.filter((fault) => fault.id === id || fault.alias === id).map(({ contract }) => contract);
    if (owners.length === 0 || wanted.some(({ contract }) => owners.includes(contract))) continue;
    requireWanted(owners[0]!, `--fault ${id}`, wanted);
  }
}

function requireWanted(contract: string, flag: string, wanted: readonly Startable[]): void {
  if (wanted.some((one) => one.contract === contract)) return;
  const started = wanted.map((one) => one.contract).join(" and ");
  throw configInvalid(`${flag} is for ${contract}, and what is started is ${started}: name it too`);
}
