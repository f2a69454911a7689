import type {
  ClockMode,
  ContractName,
  LawChoice,
  ProfileName,
  ReportFormat,
  Requirement,
  Target,
} from "../../conformance/command.ts";
import { configInvalid } from "../contract/contract-error.ts";
import { contractListOrAll, contractNames } from "./contract-names.ts";
import type { OptionFile } from "./option-files.ts";
import { readCertificates } from "./read-certificates.ts";
import type { ConformConfig } from "./conform-config.ts";

/** The options as they stand on the command line. */
export type RawConformOptions = {
  readonly url?: readonly string[];
  readonly key?: readonly string[];
  readonly otherKey?: readonly string[];
  readonly header?: readonly string[];
  readonly cert?: string;
  readonly certKey?: string;
  readonly ca?: string;
  readonly config?: string;
  readonly ownAccount?: boolean;
  readonly memberAccount?: string;
  readonly foreignAccount?: string;
  readonly profile?: string;
  readonly json?: string;
  readonly seed?: string;
  readonly path?: string;
  readonly law?: string;
  readonly maxCreates?: string;
  readonly maxAlive?: string;
  readonly maxMinutes?: string;
  readonly maxWait?: string;
  readonly rate?: string;
  readonly concurrency?: string;
  readonly clock?: string;
  readonly previewDomain?: string;
  readonly previewVia?: string;
  readonly webhookUrl?: string;
  readonly webhookPort?: string;
  readonly waivers?: readonly string[];
  readonly ledger?: string;
  readonly plan?: boolean;
  readonly failOn?: string;
  readonly requireAll?: boolean;
  readonly shard?: string;
  readonly report?: string;
  readonly record?: string;
  readonly exclude?: readonly string[];
  readonly operation?: readonly string[];
  readonly maxFailures?: string;
  readonly waitFor?: string;
  readonly baseline?: string;
  readonly updateBaseline?: boolean;
  readonly verbose?: boolean;
  readonly ownWorld?: boolean;
  readonly quiet?: boolean;
};

export type ConformTarget = {
  readonly name: ContractName;
  readonly target: Target;
  /** How many laws are judged side by side; undefined where that follows from how soon it answers. */
  readonly concurrency?: number | undefined;
};

export type ConformOptions = {
  readonly targets: readonly ConformTarget[];
  readonly seed: number | undefined;
  readonly path: string | undefined;
  readonly choice: LawChoice;
  readonly failuresMax: number | undefined;
  /** How long to wait until the targets are up, in milliseconds. */
  readonly upMsMax: number;
  readonly record: string | undefined; // the files of --record
  readonly baseline: string | undefined;
  readonly updateBaseline: boolean;
  readonly profile: ProfileName;
  readonly limits: ConformLimits;
  readonly waivers: readonly string[]; // files, and presets as "preset:name"
  readonly ledger: string | undefined;
  readonly plan: boolean;
  /** The weakest level whose breach is red. */
  readonly failOn: Requirement;
  readonly requireAll: boolean;
  readonly shard: { readonly shard: number; readonly of: number } | undefined;
  readonly reports: readonly OptionFile<ReportFormat>[];
  readonly configFile: string | undefined;
  /** Whether the run makes a world for itself, with keys of its own. */
  readonly ownWorld: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
};

/** What a run may cost, and how it lets time pass; what is undefined has the engine's default. */
type ConformLimits = {
  readonly createsMax: number | undefined;
  readonly aliveMax: number | undefined;
  readonly minutesMax: number | undefined;
  readonly ratePerSecond: number | undefined;
  readonly waitMsMax: number | undefined;
  readonly clockMode: ClockMode | undefined;
};

/** What stands in the environment instead of on the command line. */
type ConformEnvironment = { readonly key?: string | undefined; readonly otherKey?: string | undefined };

const profiles = ["core", "deployment", "full"] as const satisfies readonly ProfileName[];
const clocks = ["auto", "control", "wait", "none"] as const satisfies readonly ClockMode[];
const seedMax = 2 ** 31 - 1;

/**
 * Reads the options of `sandglass conform`. A flag goes before the configuration, a flag for a key before the environment.
 *
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export function parseConformOptions(
  contract: string,
  raw: RawConformOptions,
  {
    environment = {},
    config = {},
    reports = [],
  }: {
    readonly environment?: ConformEnvironment;
    readonly config?: ConformConfig;
    readonly reports?: readonly OptionFile<ReportFormat>[];
  } = {},
): ConformOptions {
  const wanted = contractNames.filter((name) => contract === "all" || contract === name);
  if (wanted.length === 0) throw configInvalid(`there is no contract "${contract}": it is ${contractListOrAll}`);
  return {
    targets: wanted.map((name) => ({
      name,
      target: targetOf(name, raw, { environment, config }),
      concurrency: wholeNumber("--concurrency", raw.concurrency, 1) ?? config[name]?.concurrency,
    })),
    seed: raw.seed === undefined ? undefined : parseSeed(raw.seed),
    path: parseText("--path", raw.path, replayPath, "copy it from a finding, such as 3:1:0"),
    choice: { law: raw.law, exclude: raw.exclude, operations: raw.operation },
    failuresMax: wholeNumber("--max-failures", raw.maxFailures, 1),
    upMsMax: 1000 * (positiveNumber("--wait-for", raw.waitFor) ?? 0),
    record: raw.record,
    baseline: baselineOf(raw),
    updateBaseline: raw.updateBaseline === true,
    profile: raw.profile === undefined ? "deployment" : oneOf("--profile", raw.profile, profiles),
    limits: {
      createsMax: wholeNumber("--max-creates", raw.maxCreates, 0),
      aliveMax: wholeNumber("--max-alive", raw.maxAlive, 1),
      minutesMax: positiveNumber("--max-minutes", raw.maxMinutes),
      ratePerSecond: positiveNumber("--rate", raw.rate),
      waitMsMax: raw.maxWait === undefined ? undefined : 1000 * (wholeNumber("--max-wait", raw.maxWait, 0) ?? 0),
      clockMode: raw.clock === undefined ? undefined : oneOf("--clock", raw.clock, clocks),
    },
    waivers: raw.waivers ?? [],
    ledger: raw.ledger,
    plan: raw.plan === true,
    failOn: parseFailOn(raw.failOn),
    requireAll: raw.requireAll === true,
    shard: raw.shard === undefined ? undefined : parseShard(raw.shard),
    configFile: raw.config,
    ownWorld: raw.ownWorld === true,
    verbose: raw.verbose === true,
    quiet: raw.quiet === true,
    reports: [...reports, ...(raw.json === undefined ? [] : [{ format: "json" as const, file: raw.json }])],
  };
}

/** @throws {@link ContractError} `CONFIG_INVALID` */
export function parseFailOn(text = "must"): Requirement {
  return oneOf("--fail-on", text.toLowerCase(), levels).toUpperCase() as Uppercase<(typeof levels)[number]>;
}

const levels = ["must", "should", "may"] as const satisfies readonly Lowercase<Requirement>[];

/** @throws {@link ContractError} `CONFIG_INVALID` */
export function parsePreviewDomain(text: string | undefined): string | undefined {
  const advice = "write a host name, such as localhost, and a port behind a colon where it has one";
  return parseText("--preview-domain", text, /^[a-z0-9.-]+(:\d{1,5})?$/i, advice);
}

function baselineOf({ baseline, updateBaseline }: RawConformOptions): string | undefined {
  if (updateBaseline === true && baseline === undefined)
    throw configInvalid("--update-baseline of which? Say --baseline FILE");
  return baseline;
}

function targetOf(
  name: ContractName,
  raw: RawConformOptions,
  { environment, config }: { readonly environment: ConformEnvironment; readonly config: ConformConfig },
): Target {
  const said = config[name] ?? {};
  const baseUrl = valueFor(name, raw.url ?? []) ?? said.url;
  if (baseUrl === undefined) throw configInvalid(`where does ${name} listen? Say --url URL`);
  const key = raw.ownWorld === true ? "" : valueFor(name, raw.key ?? given(environment.key));
  if (raw.ownWorld === true && raw.key !== undefined)
    throw configInvalid("--own-world has keys of its own: leave --key out");
  if (key === undefined) throw configInvalid(`which key for ${name}? Say --key KEY, or set SANDGLASS_KEY`);
  return {
    baseUrl,
    key,
    otherKey: valueFor(name, raw.otherKey ?? given(environment.otherKey)),
    headers: parseHeaders(raw.header),
    certificates: readCertificates(raw),
    ownAccount: raw.ownAccount ?? said.ownAccount,
    memberAccount: parseText("--member-account", raw.memberAccount, uuid, "write a UUID") ?? said.memberAccount,
    foreignAccount: parseText("--foreign-account", raw.foreignAccount, uuid, "write a UUID") ?? said.foreignAccount,
    quota: said.quota,
    webhookUrl: parseText("--webhook-url", raw.webhookUrl, httpUrl, "write a URL of http or https") ?? said.webhookUrl,
    webhookPort: wholeNumber("--webhook-port", raw.webhookPort, 1) ?? said.webhookPort,
    harmlessCommands: said.harmlessCommands,
    unsupported: said.unsupported,
    previewDomain: parsePreviewDomain(raw.previewDomain) ?? said.previewDomain,
    previewVia: parseText("--preview-via", raw.previewVia, httpUrl, "write a URL of http or https") ?? said.previewVia,
  };
}

/**
 * Reads headers for a gateway, each as `NAME:VALUE`. What a value is does not show in a message: it may be a secret.
 *
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export function parseHeaders(given: readonly string[] = []): Readonly<Record<string, string>> | undefined {
  const headers = new Headers();
  for (const [index, text] of given.entries()) {
    const [, name = "", value = ""] = /^([^:]+):\s*(.*)$/.exec(text) ?? [];
    try {
      if (setByUs.includes(name.toLowerCase())) throw new TypeError("it is set by the run");
      headers.set(name, value);
    } catch {
      throw configInvalid(
        `--header, number ${index + 1}: write NAME:VALUE, and a name that the run does not set itself`,
      );
    }
  }
  return given.length === 0 ? undefined : Object.fromEntries(headers);
}

/** Headers that belong to the message, which no gateway can ask for. */
const setByUs: readonly string[] = ["host", "content-length", "content-type", "connection", "transfer-encoding"];

/** The last value given for this contract, as `name=value` or for all of them as a bare value. */
function valueFor(name: ContractName, values: readonly string[]): string | undefined {
  const own = values.findLast((value) => value.startsWith(`${name}=`))?.slice(name.length + 1);
  const bare = values.findLast((value) => !contractNames.some((other) => value.startsWith(`${other}=`)));
  const value = own ?? bare;
  return value === "" ? undefined : value;
}

function given(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const httpUrl = /^https?:\/\/[^/\s]+/i;
const replayPath = /^\d+(:\d+)+$/;

function parseText(flag: string, text: string | undefined, form: RegExp, advice: string): string | undefined {
  if (text === undefined || form.test(text)) return text;
  throw configInvalid(`${flag} ${JSON.stringify(text)}: ${advice}`);
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= seedMax) return seed;
  throw configInvalid(`--seed ${text}: write a whole number from 0 to ${seedMax}`);
}

function parseShard(text: string): { shard: number; of: number } {
  const [shard = 0, of = 0] = /^\d+\/\d+$/.test(text) ? text.split("/").map(Number) : [];
  if (shard >= 1 && shard <= of) return { shard, of };
  throw configInvalid(`--shard ${text}: write which of how many, such as 1/3`);
}

/** @throws {@link ContractError} `CONFIG_INVALID` where a flag says anything but a whole number, at least `min` */
export function wholeNumber(flag: string, text: string | undefined, min: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min) return value;
  throw configInvalid(`${flag} ${text}: write a whole number, at least ${min}`);
}

function positiveNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw configInvalid(`${flag} ${text}: write a number above 0`);
}

function oneOf<Name extends string>(flag: string, text: string, known: readonly Name[]): Name {
  const found = known.find((name) => name === text);
  if (found !== undefined) return found;
  throw configInvalid(`${flag} ${text}: it is ${known.slice(0, -1).join(", ")} or ${known.at(-1)}`);
}
