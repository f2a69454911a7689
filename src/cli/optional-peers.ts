import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { ContractError } from "../contract/contract-error.ts";
import { readOwnPackage } from "./own-package.ts";

/** What is installed by those alone who use it, by what it is for. */
export const optionalPeers = {
  "sandglass generate": ["@redocly/openapi-core", "@scalar/openapi-upgrader", "openapi-typescript"],
  "sandglass mock --state redis:": ["@redis/client"],
  "sandglass mock with traces (OTEL_…)": ["@opentelemetry/api", "@opentelemetry/sdk-node"],
  "sandglass mock --static": ["@stoplight/prism-cli"],
  "sandglass proxy": ["@stoplight/prism-cli"],
  "sandglass/msw": ["msw"],
  "sandglass/vitest": ["vitest"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** An optional peer as it is on this machine. */
export type FoundPeer = {
  readonly name: string;
  /** What package.json asks for. */
  readonly range: string;
  /** Undefined where it is not installed. */
  readonly version: string | undefined;
};

/**
 * Refuses to go on without the packages that a command needs, and says how to get them all at once.
 *
 * @throws {@link ContractError} `PACKAGE_MISSING`
 */
export function requirePeers(use: keyof typeof optionalPeers, from = import.meta.url): void {
  const missing = findPeers(optionalPeers[use], from).filter(({ version }) => version === undefined);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(", ");
  throw new ContractError(
    "PACKAGE_MISSING",
    `${use} needs ${names}, which only those install who use it:\n  ${installCommand(missing.map(({ name }) => name))}`,
  );
}

/**
 * Looks for optional peers from where Sandglass is installed.
 *
 * @param from - the module that would import them
 */
export function findPeers(names: readonly string[], from = import.meta.url): readonly FoundPeer[] {
  const { peerDependencies } = readOwnPackage();
  return names.map((name) => ({ name, range: peerDependencies[name] ?? "*", version: findVersion(name, from) }));
}

/** The command that installs optional peers, in the versions that the tests ran with. */
export function installCommand(names: readonly string[]): string {
  const { devDependencies } = readOwnPackage();
  return `npm install --save-dev ${names.map((name) => `${name}@${devDependencies[name]}`).join(" ")}`;
}

function findVersion(name: string, from: string): string | undefined {
  try {
    const path = findPackageJSON(name, from);
    return path === undefined ? undefined : (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
