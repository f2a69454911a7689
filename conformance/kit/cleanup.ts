import type { Contract } from "./contract.ts";
import type { Ledger, Receipt } from "./ledger.ts";
import { causeText } from "./transport.ts";
import type { Transport } from "./transport.ts";

/** Creates the function that ends what a run made, newest first, and says what became of it. Safe to call twice. */
export function createCleanup({
  contract,
  transport,
  ledger,
}: {
  readonly contract: Contract;
  readonly transport: Transport;
  readonly ledger: Ledger;
}): () => Promise<Receipt> {
  const { reap } = contract;
  return async () => {
    const leaked: string[] = [];
    if (reap.by === "delete") {
      for (const id of ledger.alive()) {
        const problem = await remove(transport, { operation: reap.operation, id });
        if (problem === undefined) {
          await ledger.deleted(id);
          continue;
        }
        leaked.push(id);
        await ledger.leaked(id, problem);
      }
    }
    const entries = ledger.entries();
    return {
      created: ledger.createdCount(),
      deleted: entries.filter(({ type }) => type === "deleted").length,
      leaked,
      expiring: reap.by === "expiry" ? ledger.alive() : [],
      unanswered: entries.filter(({ type }) => type === "unanswered").length,
      refused: transport.refusedCount(),
    };
  };
}

/** Gone is gone: a sandbox that is not there any more needs no deleting. */
async function remove(
  transport: Transport,
  { operation, id }: { readonly operation: string; readonly id: string },
): Promise<string | undefined> {
  try {
    const { response } = await transport.send({ operation, path: { id } });
    const gone =
      (response.status >= 200 && response.status < 300) || response.status === 404 || response.status === 410;
    return gone ? undefined : `${operation} answered ${response.status}`;
  } catch (error) {
    return causeText(error);
  }
}
