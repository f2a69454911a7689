import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { noteEnding } from "./ending.ts";
import type { Exchange } from "../law/exchange.ts";
import { createLedger } from "./ledger.ts";
import type { LedgerKey } from "./ledger.ts";
import { miniContract } from "../mini-contract.fixture.ts";
import type { ApiCall } from "../law/call.ts";

const contract = { ...miniContract(), reap: { ...miniContract().reap, revivals: ["wake"] } } as ReturnType<
  typeof miniContract
>;

async function runningAfter(
  by: LedgerKey,
  calls: readonly (readonly [Omit<ApiCall, "path">, number])[],
): Promise<number> {
  const ledger = createLedger({ clock: createManualClock(0) });
  await ledger.note({
    type: "created",
    create: await ledger.intend({ operation: "create", by, purpose: "law" }),
    ids: ["b1"],
  });
  for (const [call, status] of calls) {
    const exchange = { operation: call.operation, response: { status } } as Exchange;
    await noteEnding({ contract, ledger }, { ...call, path: { id: "b1" } }, exchange);
  }
  return ledger.mayRunCount();
}

const kill = { operation: "kill" };
const wake = { operation: "wake" };

test.each<[string, LedgerKey, readonly (readonly [Omit<ApiCall, "path">, number])[], number]>([
  ["its owner's kill was answered 204", "own", [[kill, 204]], 0],
  ["its owner's kill was answered 500", "own", [[kill, 500]], 1],
  ["a stranger's kill was answered 204", "own", [[{ ...kill, credentials: "other" }, 204]], 1],
  ["the second tenant killed his own", "other", [[{ ...kill, credentials: "other" }, 204]], 0],
  [
    "it was killed and woken again",
    "own",
    [
      [kill, 204],
      [wake, 200],
    ],
    1,
  ],
  [
    "it was killed and cannot be woken",
    "own",
    [
      [kill, 204],
      [wake, 404],
    ],
    0,
  ],
  ["it was woken", "own", [[wake, 200]], 1],
])("when %s, a sandbox counts as it should", async (_, by, calls, running) => {
  expect(await runningAfter(by, calls)).toBe(running);
});
