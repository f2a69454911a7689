import { expect, test } from "vitest";
import { createManualClock } from "../../src/contract/clock.ts";
import type { Law } from "../kit/law.ts";
import { createSession } from "../kit/session.ts";
import { recoup } from "./contract.ts";
import { fakeKey, fakeServer, withSandboxMembers } from "./fake-server.fixture.ts";
import type { Answer, Tamper } from "./fake-server.fixture.ts";
import { createRules } from "./laws/broken-input.ts";
import { sentOperations } from "./laws/operations.ts";
import type { OperationId } from "./laws/operations.ts";

async function judge(law: Law, tamper?: Tamper) {
  const clock = createManualClock(0);
  const session = createSession({ clock, seed: 1, contract: recoup, target: fakeServer(tamper) });
  const outcome = await session.judge(law);
  return { outcome, receipt: await session.close() };
}

/** Changes the answers of one operation. */
function answering(operation: OperationId, change: (answer: Answer) => Answer): Tamper {
  return (seen, honest) => (seen.operation === operation ? change(honest(seen)) : honest(seen));
}

const acceptsAnyBody: Tamper = (seen, honest) =>
  honest(seen.operation === "createSandbox" ? { ...seen, body: {} } : seen);

let reads = 0;

/** One misbehaviour for each law, that breaks it. */
const breakers: Readonly<Record<string, Tamper>> = {
  "recoup/create/answer-shape": answering("createSandbox", (answer) => ({ ...answer, status: 201 })),
  "recoup/list/answer-shape": answering("listSandboxes", (answer) => withSandboxMembers(answer, { timeout: "1 s" })),
  "recoup/list-runs/answer-shape": answering("listTaskRuns", () => ({ status: 200, json: { status: "pending" } })),
  "recoup/create/unique-ids": answering("createSandbox", (answer) =>
    withSandboxMembers(answer, { sandboxId: "sbx_1" }),
  ),
  "recoup/list/read-back": (seen, honest) => honest({ ...seen, sandboxId: undefined }),
  "recoup/list/unknown-id": (seen, honest) => {
    const answer = honest(seen);
    const { sandboxes } = answer.json as { sandboxes?: readonly object[] };
    return sandboxes?.length === 0 ? { ...answer, json: { ...answer.json, sandboxes: [{}] } } : answer;
  },
  "recoup/list/created-at-fixed": answering("listSandboxes", (answer) =>
    withSandboxMembers(answer, { createdAt: `${(reads += 1)}` }),
  ),
  "recoup/create/malformed-json": acceptsAnyBody,
  ...Object.fromEntries(createRules.map(({ id }) => [id, acceptsAnyBody])),
  ...Object.fromEntries(
    Object.entries(sentOperations).flatMap(([operation, { slug }]) =>
      credentialsBreakers(operation as OperationId, `recoup/${slug}`),
    ),
  ),
};

function credentialsBreakers(operation: OperationId, prefix: string): [string, Tamper][] {
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
      answering(operation, (answer) =>
        answer.status === 401 ? { status: 401, json: { status: "error", message: "Unauthorized" } } : answer,
      ),
    ],
  ];
}

test("there is a misbehaviour for each law, and for no other", () => {
  expect(Object.keys(breakers).sort()).toEqual(recoup.laws.map(({ id }) => id).sort());
});

test.each(recoup.laws.map((law) => [law.id, law] as const))("%s holds and breaks", async (id, law) => {
  const honest = await judge(law);
  expect(honest.outcome).toMatchObject({ verdict: "pass" });
  const { shared, fresh, creates } = law.sandboxes;
  expect(honest.receipt.created).toBe(shared + fresh + creates);
  expect(honest.receipt.expiring).toHaveLength(honest.receipt.created);

  const { outcome } = await judge(law, breakers[id]);
  expect(outcome).toMatchObject({ verdict: "fail", evidence: "confirmed" });
  expect(outcome.reason).not.toBe("");
});

test("what would change an account for good is never sent", () => {
  expect(recoup.profiles.deployment).toEqual(["createSandbox", "listSandboxes", "getSandboxFile", "listTaskRuns"]);
});
