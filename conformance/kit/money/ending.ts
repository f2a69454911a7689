import type { RunContract } from "../law/contract.ts";
import { isSuccess } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import type { Ledger } from "./ledger.ts";
import type { ApiCall } from "../law/call.ts";

/**
 * Notes in the ledger where the target agreed to end a sandbox, or to start an ended one again.
 *
 * Only its owner's word counts: who answers 204 to a stranger may well leave the sandbox running, as it should.
 */
export async function noteEnding(
  { contract: { reap }, ledger }: { readonly contract: RunContract; readonly ledger: Ledger },
  { operation, path, credentials = "own" }: ApiCall,
  exchange: Exchange,
): Promise<void> {
  const sandbox = path?.["id"] === undefined ? undefined : ledger.find(path["id"]);
  if (reap.by !== "delete" || sandbox === undefined || !isSuccess(exchange)) return;
  if (reap.revivals?.includes(operation) === true) await ledger.note({ type: "revived", id: sandbox.id });
  const isOwners = credentials === (sandbox.by === "other" ? "other" : "own");
  if (operation === reap.operation && isOwners) await ledger.note({ type: "ending", id: sandbox.id });
}
