import { expect, test } from "vitest";
import { createManualClock } from "../../src/contract/clock.ts";
import type { Law } from "../kit/law.ts";
import { createSession } from "../kit/session.ts";
import { opencomputer } from "./contract.ts";
import { fakeKey, fakeServer, withMembers } from "./fake-server.fixture.ts";
import type { Tamper } from "./fake-server.fixture.ts";
import { createRules } from "./laws/broken-input.ts";
import { operationIds, slugs } from "./laws/operations.ts";

async function judge(law: Law, tamper?: Tamper) {
  const clock = createManualClock(0);
  const session = createSession({ clock, seed: 1, contract: opencomputer, target: fakeServer(tamper) });
  const outcome = await session.judge(law);
  return { outcome, receipt: await session.close() };
}

const acceptsAnyBody: Tamper = (seen, honest) =>
  honest(seen.operation === "createSandbox" ? { ...seen, text: "", body: undefined } : seen);

let reads = 0;

/** One misbehaviour for each law, that breaks it. */
const breakers: Readonly<Record<string, Tamper>> = {
  "opencomputer/create/answer-shape": (seen, honest) =>
    seen.operation === "createSandbox" ? { ...honest(seen), status: 200 } : honest(seen),
  "opencomputer/list/answer-shape": (seen, honest) =>
    seen.operation === "listSandboxes" ? { status: 200, json: { sandboxes: [] } } : honest(seen),
  "opencomputer/get/answer-shape": (seen, honest) =>
    seen.operation === "getSandbox" ? withMembers(honest(seen), { startedAt: "yesterday" }) : honest(seen),
  "opencomputer/set-timeout/answer-shape": (seen, honest) =>
    seen.operation === "setSandboxTimeout" ? { status: 200, json: {} } : honest(seen),
  "opencomputer/kill/answer-shape": (seen, honest) =>
    seen.operation === "killSandbox" ? { ...honest(seen), status: 202 } : honest(seen),
  "opencomputer/create/unique-ids": (seen, honest) =>
    seen.operation === "createSandbox" ? withMembers(honest(seen), { sandboxID: "sb-same" }) : honest(seen),
  "opencomputer/get/read-back": (seen, honest) =>
    seen.operation === "getSandbox" ? withMembers(honest(seen), { sandboxID: "sb-other" }) : honest(seen),
  "opencomputer/get/unknown-id": (seen, honest) =>
    seen.operation === "getSandbox" && honest(seen).status === 404 ? { status: 200, json: {} } : honest(seen),
  "opencomputer/get/started-at-fixed": (seen, honest) =>
    seen.operation === "getSandbox" ? withMembers(honest(seen), { startedAt: `${(reads += 1)}` }) : honest(seen),
  "opencomputer/list/read-back": (seen, honest) =>
    seen.operation === "listSandboxes" ? { status: 200, json: [] } : honest(seen),
  "opencomputer/kill/stops": (seen, honest) => (seen.operation === "killSandbox" ? { status: 204 } : honest(seen)),
  "opencomputer/create/malformed-json": acceptsAnyBody,
  ...Object.fromEntries(createRules.map(({ id }) => [id, acceptsAnyBody])),
  ...Object.fromEntries(operationIds.flatMap((operation) => credentialsBreakers(operation))),
};

function credentialsBreakers(operation: (typeof operationIds)[number]): [string, Tamper][] {
  const prefix = `opencomputer/${slugs[operation]}`;
  const takes =
    (wrong: (key: string | undefined) => boolean): Tamper =>
    (seen, honest) =>
      honest(seen.operation === operation && wrong(seen.key) ? { ...seen, key: fakeKey } : seen);
  return [
    [`${prefix}/credentials-none`, takes((key) => key === undefined)],
    [`${prefix}/credentials-empty`, takes((key) => key === "")],
    [`${prefix}/credentials-unknown`, takes((key) => key?.startsWith("unknown-") === true)],
    [
      `${prefix}/refusal-shape`,
      (seen, honest) =>
        seen.operation === operation && honest(seen).status === 401
          ? { status: 401, json: { message: "Unauthorized" } }
          : honest(seen),
    ],
  ];
}

test("there is a misbehaviour for each law, and for no other", () => {
  expect(Object.keys(breakers).sort()).toEqual(opencomputer.laws.map(({ id }) => id).sort());
});

test.each(opencomputer.laws.map((law) => [law.id, law] as const))("%s holds and breaks", async (id, law) => {
  const honest = await judge(law);
  expect(honest.outcome).toMatchObject({ verdict: "pass" });
  const { shared, fresh, creates } = law.sandboxes;
  expect(honest.receipt.created).toBe(shared + fresh + creates);
  expect(honest.receipt.deleted).toBe(honest.receipt.created);

  const { outcome } = await judge(law, breakers[id]);
  expect(outcome).toMatchObject({ verdict: "fail", evidence: "confirmed" });
  expect(outcome.reason).not.toBe("");
});

test("a broken body is reported with the rule that it breaks, and replays by its path", async () => {
  const law = opencomputer.laws.find(({ id }) => id === "opencomputer/create/broken-timeout")!;
  const { finding } = (await judge(law, acceptsAnyBody)).outcome;
  expect(finding?.counterexample).toEqual({
    keyword: "minimum",
    pointer: "/components/schemas/CreateSandboxRequest/properties/timeout/minimum",
    value: { timeout: -1 },
  });
  const clock = createManualClock(0);
  const target = fakeServer(acceptsAnyBody);
  const again = createSession({ clock, seed: 1, contract: opencomputer, target, path: finding?.path });
  expect((await again.judge(law)).finding?.counterexample).toEqual(finding?.counterexample);
  expect((await again.close()).created).toBe(2); // the counterexample, and the same once more to confirm it
});
