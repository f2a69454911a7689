import type { Listener, Mock } from "../../mocks/index.ts";
import { ContractError } from "../contract/contract-error.ts";
import type { Startable } from "./mock-contracts.ts";

type Address = { readonly host: string; readonly port: number };

/** Starts all or none: what came up before a port that is taken is closed again. */
export async function listenAll(
  mock: Mock,
  contracts: readonly Startable[],
  addressOf: (contract: Startable) => Address,
): Promise<ReadonlyMap<Startable, Listener>> {
  const listeners = new Map<Startable, Listener>();
  try {
    for (const contract of contracts) {
      const listening = mock.listen(contract.contract, addressOf(contract));
      listeners.set(contract, await listening.catch((error: unknown) => fail(contract, addressOf(contract), error)));
    }
    return listeners;
  } catch (error) {
    await Promise.all([...listeners.values()].map((listener) => listener.close()));
    throw error;
  }
}

/** Names the flag that helps, which the mock cannot know. */
function fail({ contract }: Startable, { host, port }: Address, error: unknown): never {
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

/** What a developer needs to go on: where the mocks are, the keys, lines to paste. */
export function describeStart(
  mock: Mock,
  listeners: ReadonlyMap<Startable, Listener>,
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

function describeMock(mock: Mock, { contract, title, sample }: Startable, url: string): string {
  const tenants = mock.defaultWorld().tenants.filter((tenant) => tenant.contract === contract);
  const keys = tenants.map(({ key }) => key);
  const header = `-H '${sample.keyHeader}: ${keys[0]}'`;
  const body = `-H 'content-type: application/json' -d '${sample.body}'`;
  return [
    `${title}  ${url}`,
    `  keys    ${keys.join("  ")}${describeOrganisations(tenants)}`,
    `  look    ${url}/__sandglass`,
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
