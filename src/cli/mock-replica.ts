import type { Mock, MockConfig, ReplicaLead } from "../../mocks/index.ts";
import { stopWith, tellersOf } from "./mock.ts";
import type { Startable } from "./mock-contracts.ts";
import { requirePeers } from "./optional-peers.ts";
import type { LogFormat } from "./request-log.ts";

type ReplicaConfig = MockConfig & { readonly advertise?: string };

/** Starts one of several processes that are one mock, which runs until it is told to stop. */
export async function runReplica(
  config: ReplicaConfig,
  wanted: readonly Startable[],
  addressOf: (contract: Startable) => { readonly host: string; readonly port: number },
  flags: { readonly log: LogFormat; readonly quiet?: boolean },
): Promise<void> {
  requirePeers("sandglass mock --state redis:");
  const { startReplica, mockOptionsOf } = await import("../../mocks/index.ts");
  const { advertise, state = "", ...common } = config;
  let own: Mock | undefined; // the last one that led here: what it was asked may still be told
  const { end, ...telling } = await tellersOf(flags, wanted, () => own!); // of the requests that it answers itself
  const replica = await startReplica({
    ...mockOptionsOf(common),
    ...telling,
    ...(advertise === undefined ? {} : { advertise }),
    state,
    listen: Object.fromEntries(wanted.map((contract) => [contract.contract, addressOf(contract)])),
    onLead: (lead) => {
      if ("mock" in lead) own = lead.mock;
      process.stdout.write(`${describeLead(lead)}\n`);
    },
  });
  stopWith(async () => {
    await replica.close();
    await end();
  });
  if (replica.warning !== undefined) process.stderr.write(`sandglass: ${replica.warning}\n`);
  const urls = wanted.map(({ contract, title }) => `${title}  ${replica.listeners.get(contract)!.url}\n`);
  process.stdout.write(`A replica of the mock in ${replica.place} is up; stop with Ctrl+C.\n\n${urls.join("")}\n`);
}

function describeLead(lead: ReplicaLead): string {
  if (!("mock" in lead)) return `Another replica leads, at ${Object.values(lead.urls).join(" and ")}.`;
  const worlds = [...lead.mock.universe.worlds()];
  const requests = worlds.reduce((sum, { journal }) => sum + journal.seen(), 0);
  return `This replica leads: worlds ${worlds.length}, requests so far ${requests}.`;
}
