import type { Contract, ListedSandbox } from "../contract.ts";
import { answerText, isSuccess } from "../exchange.ts";
import type { Ledger } from "./ledger.ts";
import { findOrphans } from "./orphan.ts";
import type { Orphans } from "./orphan.ts";
import type { Sender, Transport } from "../transport.ts";
import { EnvironmentTrouble } from "../unjudged.ts";

const cleaning: Sender = { purpose: "cleanup", cleaning: "cleanup" };

/**
 * Looks in the account's list for sandboxes of creates that the ledger knows no outcome of. Those that are proven to be the
 * run's go into the ledger.
 *
 * @throws {@link EnvironmentTrouble} where the account's list is not to be had: what it lacks then proves nothing
 */
export async function searchOrphans({
  contract,
  transport,
  ledger,
  skewMs,
}: {
  readonly contract: Contract;
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly skewMs: () => number;
}): Promise<Orphans> {
  const open = ledger.unsettled();
  const found: { proven: Orphans["proven"][number][]; doubtful: string[] } = { proven: [], doubtful: [] };
  for (const by of ["own", "other"] as const) {
    const creates = open.filter((create) => create.by === by);
    if (creates.length === 0) continue;
    const exchange = await transport.send({ operation: contract.list.operation, credentials: by }, cleaning);
    if (!isSuccess(exchange))
      throw new EnvironmentTrouble(`what the account has is not known: ${answerText(exchange)}`);
    const listed: readonly ListedSandbox[] = contract.list.entriesIn(exchange);
    const strangers = listed.filter(({ id, isAlive }) => isAlive && !ledger.owns(id));
    const orphans = findOrphans({ creates, strangers, entries: ledger.entries(), skewMs: skewMs() });
    for (const { create, id } of orphans.proven) await ledger.created(create, [id]);
    found.proven.push(...orphans.proven);
    found.doubtful.push(...orphans.doubtful);
  }
  return found;
}
