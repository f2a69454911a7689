import { describe, expect, test } from "vitest";
import { contracts } from "../conformance/index.ts";
import type { ContractName } from "../conformance/index.ts";
import { clausesOfLaws } from "../conformance/opencomputer/model/clauses.ts";
import { judgeAll, playOnMock, playOnReference } from "./model/judged-session.ts";

// Each model is written from specs/ alone, as the reference server and the mock are: what one of them answers, it has to allow.

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

function clausesIn(name: ContractName, exchanges: Parameters<typeof judgeAll>[1]): readonly string[] {
  return [...new Set(judgeAll(name, exchanges).map(({ clause }) => clause))].sort();
}

/** What a lenient server takes the liberty of, none of it a MUST. */
const liberties: Readonly<Record<ContractName, readonly string[]>> = {
  opencomputer: ["opencomputer/wake/timeout-kept"],
  recoup: ["recoup/list/answer-shape", "recoup/list/newest-first"],
};

describe.each(["opencomputer", "recoup"] as const)("random sessions of two strangers with %s", (name) => {
  test.each(seeds)("are clean on the strict reference server: seed %i", async (seed) => {
    expect(clausesIn(name, await playOnReference(name, seed))).toEqual([]);
  });

  test.each(seeds)("are clean on the mock: seed %i", async (seed) => {
    expect(clausesIn(name, await playOnMock(name, seed))).toEqual([]);
  });

  test.each(seeds)("break nothing on a lenient server but what it takes the liberty of: seed %i", async (seed) => {
    const found = clausesIn(name, await playOnReference(name, seed, { lenient: true }));
    expect(found.filter((id) => !liberties[name].includes(id))).toEqual([]);
    const levels = contracts[name].laws.filter(({ id }) => found.includes(id)).map(({ requirement }) => requirement);
    expect(levels).not.toContain("MUST");
  });

  test("may begin in the middle: what was not seen is taken for possible", async () => {
    const sessions = await Promise.all(seeds.map((seed) => playOnMock(name, seed)));
    for (const exchanges of sessions) {
      for (const from of [10, 30, 50]) expect(clausesIn(name, exchanges.slice(from))).toEqual([]);
    }
  });
});

test("a server that lists every state breaks a SHOULD alone", async () => {
  const found = clausesIn("opencomputer", await playOnReference("opencomputer", 1, { listsEveryState: true }));
  expect(found).toEqual(["opencomputer/list/running-only"]);
});

test.each<[ContractName, fault: string, clause: string]>([
  ["opencomputer", "timeout-never-fires", "create/timeout-fires"],
  ["opencomputer", "omitted-timeout-never-fires", "create/timeout-default"],
  ["opencomputer", "creation-time-drifts", "get/started-at-fixed"],
  ["opencomputer", "other-tenant-can-read", "get/foreign"],
  ["opencomputer", "list-shows-all-tenants", "list/foreign"],
  ["opencomputer", "preview-gate-open", "preview/token-wrong"],
  ["opencomputer", "preview-old-token-accepted", "rotate-preview-token/old-token-dies"],
  ["opencomputer", "preview-token-shown-again", "create/token-hidden"],
  ["opencomputer", "killed-reads-as-running", "kill/stops"],
  ["recoup", "timeout-in-wrong-unit", "list/timeout-falls"],
  ["recoup", "timeout-never-fires", "list/stops-in-time"],
  ["recoup", "reading-prolongs-timeout", "list/timeout-unmoved-by-reading"],
  ["recoup", "creation-time-drifts", "list/created-at-past"],
  ["recoup", "list-shows-all-tenants", "list/stranger-lists-nothing"],
  ["recoup", "other-tenant-can-read", "list/stranger-reads-nothing"],
])("%s with the fault %s breaks %s among others", async (name, id, clause) => {
  const sessions = await Promise.all(seeds.map((seed) => playOnMock(name, seed, [{ id }])));
  expect(sessions.flatMap((exchanges) => clausesIn(name, exchanges))).toContain(`${name}/${clause}`);
});

test("two keys that may be of one tenant see each other's sandboxes without a breach", async () => {
  const sessions = await Promise.all(seeds.map((seed) => playOnMock("opencomputer", seed)));
  for (const exchanges of sessions) {
    const renamed = exchanges.map((exchange) => ({
      ...exchange,
      actor: exchange.actor === undefined ? undefined : `${exchange.actor} ${exchange.number % 2}`,
    }));
    expect(judgeAll("opencomputer", renamed, { keysAreTenants: false })).toEqual([]);
  }
});

test("every clause that a breach can be told by is a law", () => {
  const laws = new Set(contracts.opencomputer.laws.map(({ id }) => id));
  expect(clausesOfLaws.filter((id) => !laws.has(`opencomputer/${id}`))).toEqual([]);
});
