import { describe, expect, test } from "vitest";
import { contracts } from "../conformance/index.ts";
import { clauses } from "../conformance/opencomputer/model/index.ts";
import { judgeAll, playOnMock, playOnReference } from "./model/judged-session.ts";

// The model is written from specs/ alone, as the reference server and the mock are: what one of them answers, it has to allow.

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);
const rules = new Map(contracts.opencomputer.laws.map((law) => [law.id, law]));

function clausesIn(exchanges: Parameters<typeof judgeAll>[0]): readonly string[] {
  return [...new Set(judgeAll(exchanges).map(({ clause }) => clause))].sort();
}

describe("random sessions of two organisations, often at once, with lost answers", () => {
  test.each(seeds)("are clean on the strict reference server: seed %i", async (seed) => {
    expect(clausesIn(await playOnReference(seed, {}))).toEqual([]);
  });

  test.each(seeds)("are clean on the mock: seed %i", async (seed) => {
    expect(clausesIn(await playOnMock(seed))).toEqual([]);
  });

  test.each(seeds)("break nothing on a lenient server but what it takes the liberty of: seed %i", async (seed) => {
    const liberties = ["opencomputer/wake/timeout-kept"];
    expect(clausesIn(await playOnReference(seed, { lenient: true })).filter((id) => !liberties.includes(id))).toEqual(
      [],
    );
  });

  test("break no MUST on a server that lists every state", async () => {
    const found = clausesIn(await playOnReference(1, { listsEveryState: true }));
    expect(found).toEqual(["opencomputer/list/running-only"]);
    expect(rules.get(found[0]!)?.requirement).toBe("SHOULD");
  });
});

test.each([
  ["timeout-never-fires", "create/timeout-fires"],
  ["omitted-timeout-never-fires", "create/timeout-default"],
  ["creation-time-drifts", "get/started-at-fixed"],
  ["other-tenant-can-read", "get/foreign"],
  ["list-shows-all-tenants", "list/foreign"],
  ["preview-gate-open", "preview/token-wrong"],
  ["preview-old-token-accepted", "rotate-preview-token/old-token-dies"],
  ["preview-token-shown-again", "create/token-hidden"],
  ["killed-reads-as-running", "kill/stops"],
])("with the fault %s, breaches of %s among others", async (id, clause) => {
  const sessions = await Promise.all(seeds.map((seed) => playOnMock(seed, [{ id }])));
  expect(sessions.flatMap(clausesIn)).toContain(`opencomputer/${clause}`);
});

test("what a recording that begins in the middle does not show is taken for possible", async () => {
  const sessions = await Promise.all(seeds.map((seed) => playOnMock(seed)));
  for (const exchanges of sessions) {
    for (const from of [10, 30, 50]) expect(clausesIn(exchanges.slice(from))).toEqual([]);
  }
});

test("every clause that a breach can be told by is a law", async () => {
  const { clausesOfLaws } = await import("../conformance/opencomputer/model/clauses.ts");
  const laws = new Set(contracts.opencomputer.laws.map(({ id }) => id));
  expect(clausesOfLaws.filter((id) => !laws.has(`opencomputer/${id}`))).toEqual([]);
  expect(clauses.filter(({ id }) => !laws.has(id))).toEqual([]);
});
