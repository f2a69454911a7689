import { Command, InvalidArgumentError, Option } from "commander";
import type { ContractName, Listener, Mock } from "../../mocks/index.ts";

type MockFlags = {
  readonly only?: ContractName;
  readonly host: string;
  readonly recoupPort: number;
  readonly opencomputerPort: number;
  readonly seed?: string;
  readonly quota?: number;
  readonly bootLatency?: number;
  readonly previewDomain?: string;
};

/** The command `mock`: both mocks, until it is told to stop. */
export function createMockCommand(): Command {
  return new Command("mock")
    .description("Start the mock servers of both contracts on this machine.")
    .addOption(new Option("--only <contract>", "start one contract's mock alone").choices(["recoup", "opencomputer"]))
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--recoup-port <port>", "port of the Recoup mock, 0 for any", parsePort, 4010)
    .option("--opencomputer-port <port>", "port of the OpenComputer mock, 0 for any", parsePort, 4020)
    .option("--seed <text>", "repeat a run: ids, runs and preview tokens derive from it")
    .option("--quota <number>", "running sandboxes for each OpenComputer organisation", parseCount)
    .option("--boot-latency <ms>", "milliseconds that a Recoup sandbox is pending", parseCount)
    .option("--preview-domain <domain>", "what follows sb-<id>-p<port>. in preview host names")
    .action(runMock);
}

async function runMock(flags: MockFlags): Promise<void> {
  const { contractNames, createMock } = await import("../../mocks/index.ts");
  const mock = createMock({
    settings: {
      ...(flags.quota === undefined ? {} : { quota: flags.quota }),
      ...(flags.bootLatency === undefined ? {} : { bootLatencyMs: flags.bootLatency }),
      ...(flags.previewDomain === undefined ? {} : { previewDomain: flags.previewDomain }),
    },
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
  });
  const ports = { recoup: flags.recoupPort, opencomputer: flags.opencomputerPort };
  const wanted = contractNames.filter((contract) => flags.only === undefined || flags.only === contract);
  const listeners: { contract: ContractName; listener: Listener }[] = [];
  try {
    for (const contract of wanted) {
      const listener = await mock.listen(contract, { host: flags.host, port: ports[contract] });
      listeners.push({ contract, listener });
    }
  } catch (error) {
    await Promise.all(listeners.map(({ listener }) => listener.close()));
    throw error;
  }
  const stop = () => void Promise.all(listeners.map(({ listener }) => listener.close()));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  process.stdout.write(
    describeStart(mock, Object.fromEntries(listeners.map(({ contract, listener }) => [contract, listener.url]))),
  );
}

/** What a developer needs to go on: where the mocks are, the keys, lines to paste. */
function describeStart(mock: Mock, urls: Partial<Record<ContractName, string>>): string {
  const { tenants } = mock.defaultWorld();
  const keysOf = (contract: ContractName) =>
    tenants.filter((tenant) => tenant.contract === contract).map(({ key }) => key);
  const lines = [`Sandglass mocks are up. Seed ${mock.seed}; stop with Ctrl+C.`];
  if (urls.recoup !== undefined) {
    lines.push(
      "",
      `Recoup        ${urls.recoup}`,
      `  keys        ${keysOf("recoup").join("  ")}   (ada and bob share an organisation, eve is a stranger)`,
      `  create      curl -X POST ${urls.recoup}/api/sandboxes -H 'x-api-key: sandglass-ada' -H 'content-type: application/json' -d '{"command":"ls"}'`,
      `  list        curl ${urls.recoup}/api/sandboxes -H 'x-api-key: sandglass-ada'`,
      `  judge it    npx sandglass conform recoup --url ${urls.recoup} --key sandglass-ada`,
    );
  }
  if (urls.opencomputer !== undefined) {
    lines.push(
      "",
      `OpenComputer  ${urls.opencomputer}`,
      `  keys        ${keysOf("opencomputer").join("  ")}   (two organisations)`,
      `  create      curl -X POST ${urls.opencomputer}/api/sandboxes -H 'X-API-Key: sandglass-acme' -H 'content-type: application/json' -d '{"previewAuth":{}}'`,
      `  list        curl ${urls.opencomputer}/api/sandboxes -H 'X-API-Key: sandglass-acme'`,
      `  judge it    npx sandglass conform opencomputer --url ${urls.opencomputer} --key sandglass-acme`,
    );
  }
  return `${lines.join("\n")}\n\n`;
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
