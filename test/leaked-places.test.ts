import { expect, test } from "vitest";
import { contracts, runLaws } from "../conformance/index.ts";
import { createMock } from "../mocks/index.ts";
import type { FaultSetting } from "../mocks/index.ts";
import { knownCallers } from "../src/cli/known-callers.ts";

// A place that is never freed looks like an account that is full: creates are refused, and laws stay without a verdict. The
// run is told no quota here.

const rows: readonly [string, readonly FaultSetting[], string][] = [
  ["keeps the places of sandboxes that were stopped", [{ id: "stopped-counts-in-quota" }], "fail"],
  ["keeps the places of creates that it refused", [{ id: "refused-create-keeps-place" }], "fail"],
  ["frees them all", [], "pass"],
];

test.each(rows)("a server that %s", async (_, faults, verdict) => {
  const contract = contracts.opencomputer;
  const mock = createMock({ seed: "leaked-places", clockScale: 0, faults, settings: { quota: 5 } });
  const { clock, tenants } = mock.defaultWorld();
  const target = {
    ...knownCallers(tenants, "opencomputer"),
    baseUrl: "http://127.0.0.1",
    fetch: (request: Request) => mock.fetch("opencomputer", request),
  };
  const laws = contract.laws.filter(({ id }) => /^opencomputer\/(create|kill)\//.test(id));
  const seen: string[] = [];
  const limits = { aliveMax: 4, waitMsMax: 0, sleep: () => Promise.resolve() };
  for await (const event of runLaws({ ...limits, contract, target, laws, clock, seed: 1 }))
    if (event.type === "lawFinished" && event.law.id.endsWith("/free-place")) seen.push(event.outcome.verdict);
  expect(seen).toEqual([verdict]);
});
