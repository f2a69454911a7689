import { Command, InvalidArgumentError, Option } from "commander";
import type {
  differencesOf as differencesOfMock,
  FaultSetting,
  Mock,
  MockConfig,
  MockOptions,
  OnRequest,
} from "../../mocks/index.ts";
import { configInvalid, ContractError } from "../contract/contract-error.ts";
import { formatFaultList, parseFaultFlag } from "./fault-flag.ts";
import { loadConfig } from "./mock-config.ts";
import {
  chooseContracts,
  type GivenFlags,
  parsePort,
  portFlags,
  readContractFlags,
  requireShown,
  settingFlags,
  type Startable,
} from "./mock-contracts.ts";
import { assertReadable } from "./named-file.ts";
import { describeStart, listenAll } from "./mock-start.ts";
import { surviveDefects } from "./interruptible.ts";
import { createRequestLog, type LogFormat, logFormats } from "./request-log.ts";

const examples = `
Examples:
  sandglass mock                                     both mocks; the inspector is at /__sandglass on each port
  sandglass mock recoup --port 5000 --clock-scale 60
  sandglass mock opencomputer --preview 3000=http://127.0.0.1:5173
  sandglass mock --fault 'rate-limit:times=3' --log json`;

type MockFlags = GivenFlags & {
  readonly config?: string;
  readonly as: readonly string[];
  readonly host?: string;
  readonly seed?: string;
  readonly clockScale?: number;
  readonly controlToken?: string;
  readonly cors?: boolean;
  readonly fault: readonly FaultSetting[];
  readonly listFaults?: boolean;
  readonly state?: string;
  readonly advertise?: string;
  readonly static?: string;
  readonly port?: number;
  readonly log: LogFormat;
  readonly quiet?: boolean;
};

/**
 * The command `mock`: the mocks, until it is told to stop.
 *
 * @param contracts - those that it can start, which have flags of their own
 */
export function createMockCommand(contracts: readonly Startable[]): Command {
  const profiles = contracts.map(({ title, profiles: { names } }) => `${names.join(" or ")} (${title})`).join(", ");
  const command = new Command("mock")
    .description("start the mock servers of the contracts on this machine")
    .addHelpText("after", examples)
    .argument("[contract...]", `${contracts.map(({ contract }) => contract).join(", ")} or all (the default)`)
    .option("--config <file>", "configuration; sandglass.config.ts, .mts, .js, .mjs or .json of this folder by default")
    .option(
      "--as <profile>",
      `answer as servers were seen to: ${profiles}; again for another contract`,
      collectName,
      [],
    )
    .option("--host <address>", "address to listen on (127.0.0.1 by default)", parseHost)
    .option("--port <port>", "port of the one contract that is named, 0 for any", parsePort);
  for (const { option } of portFlags(contracts)) command.addOption(option);
  command
    .option("--seed <text>", "repeat a run: ids, runs and secrets derive from it", parseSeed)
    .option(
      "--clock-scale <number>",
      "speed of the clock: 60 makes a minute of each second, 0 stands still",
      parseScale,
    );
  // Contracts may share a setting, and then its flag is for both.
  const flags = new Map(settingFlags(contracts).map(({ option }) => [option.long, option]));
  for (const option of flags.values()) command.addOption(option);
  return command
    .option(
      "--state <place>",
      "keep the state, so that a mock that is started again goes on: sqlite:FILE, or for replicas redis://HOST",
    )
    .option(
      "--advertise <host>",
      "host by which other replicas reach this one (where it listens by default)",
      parseHost,
    )
    .option("--cors", "let web pages of any origin call the APIs")
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
    .option(
      "--static <file>",
      "mock any OpenAPI document instead, by Prism: its examples, and no memory; with --port and --host",
    )
    .option("--list-faults", "say which faults there are, and start nothing")
    .action((named: readonly string[], flags: MockFlags) => runMock(contracts, named, flags));
}

async function runMock(contracts: readonly Startable[], named: readonly string[], flags: MockFlags): Promise<void> {
  const mocks = await import("../../mocks/index.ts");
  const { createMock, faults, mockOptionsOf } = mocks;
  if (flags.listFaults === true) {
    process.stdout.write(formatFaultList(faults));
    return;
  }
  if (flags.static !== undefined) return startStaticMock(flags.static, named, flags);
  const wanted = chooseContracts(named, contracts);
  requireShown(flags.fault, faults, wanted);
  const config = mergeFlags(await loadConfig(flags.config), flags, readContractFlags(contracts, wanted, flags));
  const addressOf = ({ contract, port }: Startable) => ({
    host: config.host ?? "127.0.0.1",
    port: config.ports?.[contract] ?? port,
  });
  if (/^rediss?:/.test(config.state ?? "")) {
    const { runReplica } = await import("./mock-replica.ts");
    return runReplica({ ...config, ...said({ advertise: flags.advertise }) }, wanted, addressOf, flags);
  }
  if (flags.advertise !== undefined) throw configInvalid("--advertise is for replicas: name their Redis with --state");
  const { end, ...telling } = await tellersOf(flags, wanted, () => mock);
  const mock: Mock = refusingPlainly(() => createMock({ ...mockOptionsOf(config), ...telling }));
  const profiles = mock.defaultWorld().settings.as ?? {};
  mocks.requireStarted(
    profiles,
    wanted.map(({ contract }) => contract),
  );
  const listeners = await listenAll(mock, wanted, addressOf);
  stopWith(async () => {
    await Promise.all([...listeners.values()].map((listener) => listener.close()));
    await mock.close();
    await end();
  });
  const kept = config.state === undefined ? [] : [describeState(mock, config.state)];
  process.stdout.write(
    describeStart(mock, listeners, [...describeProfiles(mock, wanted, mocks.differencesOf), ...kept]),
  );
}

/** Stops at an interruption, and goes on at a defect. */
export function stopWith(stop: () => Promise<void>): void {
  process.once("SIGINT", () => void stop()).once("SIGTERM", () => void stop());
  surviveDefects();
}

function describeProfiles(
  mock: Mock,
  wanted: readonly Startable[],
  differencesOf: typeof differencesOfMock,
): readonly string[] {
  return wanted.flatMap(({ contract, title }) => {
    const name = mock.defaultWorld().settings.as?.[contract];
    if (name === undefined) return [];
    const count = differencesOf(contract, name).length;
    return [`${title} answers as ${name}: ${count} ${count === 1 ? "difference" : "differences"} from its contract.`];
  });
}

/** What was found where state is kept. Of a mock that goes on, settings, clocks and faults are those that it had. */
function describeState({ universe }: Mock, state: string): string {
  const worlds = [...universe.worlds()];
  const requests = worlds.reduce((sum, { journal }) => sum + journal.seen(), 0);
  const count = worlds.length === 1 ? "1 world" : `${worlds.length} worlds`;
  return requests === 0 && worlds.length === 1
    ? `State is kept in ${state}.`
    : `Goes on from ${state}: ${count}, ${requests} requests so far; settings, clocks and faults are as they were.`;
}

/** What Prism answers from any document: its examples, whatever was asked before. */
async function startStaticMock(file: string, named: readonly string[], { port = 0, host }: MockFlags): Promise<void> {
  assertReadable("--static", file);
  if (named.length > 0) throw new ContractError("CONFIG_INVALID", `--static mocks ${file}: name no contract with it`);
  const { startPrism } = await import("./prism.ts");
  const at = { port, ...(host === undefined ? {} : { host }) };
  const { url, close } = await startPrism(file, at).catch((cause: unknown) => {
    if (cause instanceof ContractError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError("SPEC_UNREADABLE", `--static ${file}: Prism cannot start with it: ${reason}`, { cause });
  });
  process.once("SIGINT", () => void close()).once("SIGTERM", () => void close());
  process.stdout.write(`Prism answers from ${file} at ${url}, with no memory; stop with Ctrl+C.\n`);
}

/** Leaves the name of the function out of a refusal: a command line has none. */
function refusingPlainly<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    throw new ContractError(error.code, error.message.replace(/^createMock: /, ""), { cause: error });
  }
}

/** What requests are told by: a log, unless it is to be quiet, and traces where the environment asks for them. */
export async function tellersOf(
  { log, quiet }: Pick<MockFlags, "log" | "quiet">,
  contracts: readonly Startable[],
  mock: () => Mock,
): Promise<Pick<MockOptions, "onRequest" | "onIncoming"> & { readonly end: () => Promise<void> }> {
  const logging = quiet === true ? undefined : await logOf(log, mock);
  if (!wantsTraces(process.env)) return { ...said({ onRequest: logging }), end: () => Promise.resolve() };
  const { startTracing } = await import("./tracing.ts");
  const { onRequest, ...tracing } = await startTracing(contracts, process.env);
  return {
    ...tracing,
    onRequest: (request) => {
      onRequest(request);
      logging?.(request);
    },
  };
}

function wantsTraces(environment: NodeJS.ProcessEnv): boolean {
  if (/^true$/i.test(environment["OTEL_SDK_DISABLED"] ?? "")) return false;
  const exporters = environment["OTEL_TRACES_EXPORTER"] ?? "";
  if (exporters !== "") return exporters !== "none";
  return ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"].some((name) => environment[name]);
}

/** What tells each request in a format; the worlds of `mock` are asked for the states of its sandboxes. */
async function logOf(format: LogFormat, mock: () => Mock): Promise<OnRequest> {
  const { findSandboxLife, formatClock, formatRequest } = await import("../../mocks/index.ts");
  const findLife = async (name: string, sandbox: string) => {
    const world = mock().universe.find(name);
    return world === undefined ? undefined : findSandboxLife(world, sandbox);
  };
  return createRequestLog({ format, formatRequest, formatClock, findLife, stream: process.stdout });
}

/** What the flags say wins over what the file says; of ports and upstreams, each by itself. */
function mergeFlags(config: MockConfig, flags: MockFlags, own: MockConfig): MockConfig {
  const { host, seed, clockScale, controlToken, cors, state } = flags;
  return {
    ...config,
    ...said({ host, seed, clockScale, controlToken, cors, state }),
    ...Object.fromEntries(
      Object.entries(own).map(([name, value]) => [
        name,
        isTable(value) ? { ...((config as GivenFlags)[name] as object), ...value } : value,
      ]),
    ),
    ...(flags.as.length === 0 ? {} : { as: [...flags.as] }),
    faults: [...(config.faults ?? []), ...flags.fault],
  };
}

function isTable(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function said<T extends object>(flags: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof said<T>
  >;
}

function collectName(name: string, before: readonly string[]): readonly string[] {
  return [...before, name];
}

function collectFault(text: string, before: readonly FaultSetting[]): readonly FaultSetting[] {
  return [...before, parseFaultFlag(text)];
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

function parseScale(text: string): number {
  const scale = Number(text);
  if (text.trim() === "" || !Number.isFinite(scale) || scale < 0) {
    throw new InvalidArgumentError("It is a number of at least 0.");
  }
  return scale;
}
