import { Command, InvalidArgumentError, Option } from "commander";
import type { ContractName, FaultSetting, Listener, Mock, MockConfig, OnRequest } from "../../mocks/index.ts";
import { ContractError } from "../contract/contract-error.ts";
import { formatFaultList, parseFaultFlag } from "./fault-flag.ts";
import { loadConfig } from "./mock-config.ts";
import { createRequestLog, type LogFormat, logFormats } from "./request-log.ts";

type MockFlags = {
  readonly config?: string;
  readonly as: readonly string[];
  readonly host?: string;
  readonly port?: number;
  readonly recoupPort?: number;
  readonly opencomputerPort?: number;
  readonly seed?: string;
  readonly clockScale?: number;
  readonly quota?: number;
  readonly bootLatency?: number;
  readonly previewDomain?: string;
  readonly preview: Readonly<Record<string, string>>;
  readonly previewKeepsToken?: boolean;
  readonly controlToken?: string;
  readonly cors?: boolean;
  readonly fault: readonly FaultSetting[];
  readonly listFaults?: boolean;
  readonly log: LogFormat;
  readonly quiet?: boolean;
};

/** The command `mock`: both mocks, until it is told to stop. */
export function createMockCommand(): Command {
  return new Command("mock")
    .description("start the mock servers of both contracts on this machine")
    .argument("[contract...]", "recoup, opencomputer or all (the default)")
    .option("--config <file>", "configuration; sandglass.config.ts, .js or .json of this folder by default")
    .option(
      "--as <profile>",
      "answer as servers were seen to: edge or cell (OpenComputer), production (Recoup); again for the other contract",
      collectName,
      [],
    )
    .option("--host <address>", "address to listen on (127.0.0.1 by default)", parseHost)
    .option("--port <port>", "port of the one contract that is named, 0 for any", parsePort)
    .option("--recoup-port <port>", "port of the Recoup mock, 0 for any (4010 by default)", parsePort)
    .option("--opencomputer-port <port>", "port of the OpenComputer mock, 0 for any (4020 by default)", parsePort)
    .option("--seed <text>", "repeat a run: ids, runs and preview tokens derive from it", parseSeed)
    .option(
      "--clock-scale <number>",
      "speed of the clock: 60 makes a minute of each second, 0 stands still",
      parseScale,
    )
    .option("--quota <number>", "running sandboxes for each OpenComputer organisation", parseCount)
    .option("--boot-latency <ms>", "milliseconds that a Recoup sandbox is pending", parseCount)
    .option("--preview <port=url>", "what stands behind a preview port: 3000=http://127.0.0.1:5173", collectPreview, {})
    .option(
      "--preview-domain <domain>",
      "what follows sb-<id>-p<port>. in preview host names (localhost by default)",
      parseHost,
    )
    .option("--preview-keeps-token", "let upstreams see the token that opened the gate")
    .option("--cors", "let web pages of any origin call both APIs")
    .option("--control-token <token>", "let other machines use the control API with this token", parseControlToken)
    .option(
      "--fault <id>",
      "misbehave in this way, again for each; ID:times=3,operation=createSandbox limits it",
      collectFault,
      [],
    )
    .addOption(
      new Option("--log <format>", "how each request is told as it is answered").choices(logFormats).default("pretty"),
    )
    .option("--quiet", "tell no requests")
    .option("--list-faults", "say which faults there are, and start nothing")
    .action(runMock);
}

async function runMock(named: readonly string[], flags: MockFlags): Promise<void> {
  const mocks = await import("../../mocks/index.ts");
  const { contractNames, contractPorts, createMock, faults, mockOptionsOf } = mocks;
  if (flags.listFaults === true) {
    process.stdout.write(formatFaultList(faults));
    return;
  }
  const wanted = chooseContracts(named, contractNames);
  const config = mergeFlags(await loadConfig(flags.config), { ...flags, ...portOf(wanted, flags) });
  const mock: Mock = createMock({
    ...mockOptionsOf(config),
    ...(flags.quiet === true ? {} : { onRequest: await logOf(flags.log, () => mock) }),
  });
  const profiles = mock.defaultWorld().settings.as ?? {};
  mocks.requireStarted(profiles, wanted);
  const listeners = await listenAll(mock, wanted, (contract) => ({
    host: config.host ?? "127.0.0.1",
    port: config.ports?.[contract] ?? contractPorts[contract],
  }));
  const stop = () => void Promise.all([...listeners.values()].map((listener) => listener.close()));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const differing = Object.entries(profiles).map(([contract, name]) => {
    const count = mocks.differencesOf(contract as ContractName, name).length;
    return `${titles[contract as ContractName]} answers as ${name}: ${count} ${count === 1 ? "difference" : "differences"} from its contract.`;
  });
  process.stdout.write(describeStart(mock, listeners, differing));
}

async function logOf(format: LogFormat, mock: () => Mock): Promise<OnRequest> {
  const { findSandboxLife, formatClock, formatRequest } = await import("../../mocks/index.ts");
  const findLife = async (name: string, sandbox: string) => {
    const world = mock().universe.find(name);
    return world === undefined ? undefined : findSandboxLife(world, sandbox);
  };
  return createRequestLog({ format, formatRequest, formatClock, findLife, stream: process.stdout });
}

function chooseContracts(named: readonly string[], known: readonly ContractName[]): readonly ContractName[] {
  const unknown = named.find((name) => name !== "all" && !known.some((contract) => contract === name));
  if (unknown !== undefined) throw invalid(`there is no contract "${unknown}": it is recoup, opencomputer or all`);
  return named.length === 0 || named.includes("all") ? known : known.filter((contract) => named.includes(contract));
}

/** `--port` as the flag of the contract that it is for. A port for one that is not started is a mistake. */
function portOf(
  wanted: readonly ContractName[],
  { port, recoupPort, opencomputerPort }: MockFlags,
): Partial<MockFlags> {
  const own = { recoup: recoupPort, opencomputer: opencomputerPort };
  for (const [contract, given] of Object.entries(own)) {
    if (given === undefined || wanted.some((one) => one === contract)) continue;
    throw invalid(`--${contract}-port is for ${contract}, and what is started is ${wanted.join(" and ")}: name it too`);
  }
  if (port === undefined) return {};
  const [contract, ...others] = wanted;
  if (contract === undefined || others.length > 0) {
    throw invalid("--port is for one contract: name it, as in sandglass mock recoup --port 5000");
  }
  if (own[contract] !== undefined) throw invalid(`--port and --${contract}-port are the same here: give one of them`);
  return { [`${contract}Port`]: port };
}

/** What the flags say wins over what the file says. */
function mergeFlags(config: MockConfig, flags: MockFlags): MockConfig {
  const ports = { recoup: flags.recoupPort, opencomputer: flags.opencomputerPort };
  const named = {
    host: flags.host,
    seed: flags.seed,
    clockScale: flags.clockScale,
    quota: flags.quota,
    bootLatencyMs: flags.bootLatency,
    previewDomain: flags.previewDomain,
    previewKeepsToken: flags.previewKeepsToken,
    controlToken: flags.controlToken,
    cors: flags.cors,
  };
  return {
    ...config,
    ...said(named),
    ...(flags.as.length === 0 ? {} : { as: [...flags.as] }),
    ports: { ...config.ports, ...said(ports) },
    previewUpstreams: { ...config.previewUpstreams, ...flags.preview },
    faults: [...(config.faults ?? []), ...flags.fault],
  };
}

function said<T extends object>(flags: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof said<T>
  >;
}

type Address = { readonly host: string; readonly port: number };

/** Starts all or none: what came up before a port that is taken is closed again. */
async function listenAll(
  mock: Mock,
  contracts: readonly ContractName[],
  addressOf: (contract: ContractName) => Address,
): Promise<ReadonlyMap<ContractName, Listener>> {
  const listeners = new Map<ContractName, Listener>();
  try {
    for (const contract of contracts) {
      const listening = mock.listen(contract, addressOf(contract));
      listeners.set(contract, await listening.catch((error: unknown) => fail(contract, addressOf(contract), error)));
    }
    return listeners;
  } catch (error) {
    await Promise.all([...listeners.values()].map((listener) => listener.close()));
    throw error;
  }
}

/** Names the flag that helps, which the mock cannot know. */
function fail(contract: ContractName, { host, port }: Address, error: unknown): never {
  if (!(error instanceof ContractError) || error.code !== "PORT_UNAVAILABLE") throw error;
  const { code = "" } = error.cause as NodeJS.ErrnoException;
  const isOfHost = ["ENOTFOUND", "EADDRNOTAVAIL", "EAI_AGAIN", "EINVAL"].includes(code);
  const message = isOfHost
    ? `${host} is no address of this machine (${code}): choose another with --host`
    : code === "EADDRINUSE"
      ? `${host}:${port} is in use: stop what listens there, or choose another port with --${contract}-port`
      : `${host}:${port} cannot be listened on (${code}): choose another port with --${contract}-port`;
  throw new ContractError(error.code, message, { cause: error });
}

const titles: Readonly<Record<ContractName, string>> = { recoup: "Recoup", opencomputer: "OpenComputer" };
const keyHeaders: Readonly<Record<ContractName, string>> = { recoup: "x-api-key", opencomputer: "X-API-Key" };
const sampleBodies: Readonly<Record<ContractName, string>> = {
  recoup: '{"command":"ls"}',
  opencomputer: '{"previewAuth":{}}',
};

/** What a developer needs to go on: where the mocks are, the keys, lines to paste. */
function describeStart(
  mock: Mock,
  listeners: ReadonlyMap<ContractName, Listener>,
  differing: readonly string[],
): string {
  const blocks = [...listeners].map(([contract, { url }]) => describeMock(mock, contract, url));
  const faults = mock.defaultWorld().faults();
  const misbehaving = faults.length === 0 ? [] : [`Misbehaving on request: ${faults.map(({ id }) => id).join(", ")}.`];
  const lines = [
    `Sandglass mocks are up. Seed ${mock.seed}; stop with Ctrl+C.`,
    ...differing,
    ...misbehaving,
    ...blocks,
  ];
  return lines.join("\n\n").concat("\n\n");
}

function describeMock(mock: Mock, contract: ContractName, url: string): string {
  const tenants = mock.defaultWorld().tenants.filter((tenant) => tenant.contract === contract);
  const keys = tenants.map(({ key }) => key);
  const header = `-H '${keyHeaders[contract]}: ${keys[0]}'`;
  const body = `-H 'content-type: application/json' -d '${sampleBodies[contract]}'`;
  return [
    `${titles[contract]}  ${url}`,
    `  keys    ${keys.join("  ")}${describeOrganisations(tenants)}`,
    `  create  curl -X POST ${url}/api/sandboxes ${header} ${body}`,
    `  list    curl ${url}/api/sandboxes ${header}`,
    `  judge   npx sandglass conform ${contract} --url ${url} --own-world`,
  ].join("\n");
}

function describeOrganisations(tenants: readonly { readonly name: string; readonly organisationId: string }[]): string {
  const groups = Map.groupBy(tenants, ({ organisationId }) => organisationId);
  const names = [...groups.values()].map((group) => group.map(({ name }) => name).join(" and "));
  return `   (${groups.size === 1 ? "one organisation" : `organisations: ${names.join("; ")}`})`;
}

function collectName(name: string, before: readonly string[]): readonly string[] {
  return [...before, name];
}

function collectFault(text: string, before: readonly FaultSetting[]): readonly FaultSetting[] {
  return [...before, parseFaultFlag(text)];
}

function collectPreview(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const match = /^([1-9]\d{0,4})=(https?:\/\/.+)$/.exec(text);
  if (match === null || Number(match[1]) > 65_535 || !URL.canParse(match[2]!)) {
    throw new InvalidArgumentError("It is a port and a URL: 3000=http://127.0.0.1:5173.");
  }
  return { ...before, [match[1]!]: match[2]! };
}

function invalid(message: string): ContractError {
  return new ContractError("CONFIG_INVALID", message);
}

function parseHost(text: string): string {
  if (/^[\w.:%[\]-]+$/.test(text)) return text;
  throw new InvalidArgumentError("It is a host name or address alone, such as 127.0.0.1.");
}

function parseSeed(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("It is a text that is not blank.");
}

function parseControlToken(text: string): string {
  if (text.trim().length >= 16) return text;
  throw new InvalidArgumentError("It has at least 16 characters, since other machines may guess.");
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError("It is a port number from 0 to 65535.");
  return port;
}

function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It is a whole number of at least 0.");
  return Number(text);
}

function parseScale(text: string): number {
  const scale = Number(text);
  if (text.trim() === "" || !Number.isFinite(scale) || scale < 0) {
    throw new InvalidArgumentError("It is a number of at least 0.");
  }
  return scale;
}
