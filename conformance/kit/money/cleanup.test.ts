import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { runLaws } from "../run/engine.ts";
import { lawFixture, miniContract, miniServer } from "../mini-contract.fixture.ts";
import type { Law } from "../law/law.ts";
import type { MiniServer } from "../mini-contract.fixture.ts";

/** A server that agrees to end sandboxes, and goes on to show them for so many looks. */
function slowToEnd(looks: number): MiniServer {
  const left = new Map<string, number>();
  return miniServer(({ method, url }) => {
    const id = new URL(url).pathname.split("/")[2];
    if (id === undefined || method !== "GET") return undefined;
    const after = (left.get(id) ?? looks) - 1;
    left.set(id, after);
    return after >= 0 ? Response.json({ id }) : undefined;
  });
}

const takesOne: NonNullable<Law["check"]> = async (run) => {
  const id = await run.freshSandbox();
  await run.send({ operation: "kill", path: { id } });
  return undefined;
};

async function run(server: MiniServer, laws: number) {
  const slept: number[] = [];
  const verdicts: string[] = [];
  const sleep = (ms: number) => Promise.resolve(void slept.push(ms));
  const all = Array.from({ length: laws }, (_, index) => lawFixture({ id: `mini/create/${index}`, check: takesOne }));
  const options = { clock: createManualClock(0), seed: 1, contract: miniContract(all), target: server.target, sleep };
  for await (const event of runLaws({ ...options, aliveMax: 2 })) {
    if (event.type === "lawFinished") verdicts.push(event.outcome.verdict);
    if (event.type === "runFinished") return { receipt: event.receipt, slept, verdicts };
  }
  throw new Error("the run did not finish");
}

test("a target that shows what it agreed to end leaks it, and all laws are judged all the same", async () => {
  const { receipt, verdicts, slept } = await run(slowToEnd(Infinity), 5);
  expect(verdicts).toEqual(["pass", "pass", "pass", "pass", "pass"]);
  expect(receipt).toMatchObject({ created: 5, deleted: 5, verifiedGone: 0, leaked: ["b5", "b4", "b3", "b2", "b1"] });
  expect(slept).toEqual([400, 400, 400]); // for all of them at once
});

test("what a lost create of the second tenant made is ended with that tenant's key", async () => {
  const ended: (string | null)[] = [];
  let isMade = false;
  const server = miniServer(({ method, headers, url }) => {
    const isOthers = headers.get("x-key") === "other-key-123";
    const list = isMade && isOthers && !ended.includes("other-key-123") ? [{ id: "lost", startedAtMs: 0 }] : [];
    if (method === "POST" && isOthers) isMade = true;
    if (method === "POST" && isOthers) return new Response(null, { status: 502 });
    if (method === "GET" && url.endsWith("/boxes")) return Response.json(list);
    if (method === "DELETE") ended.push(headers.get("x-key"));
    return undefined;
  });
  const check: Law["check"] = async ({ create }) => void (await create({}, "other"));
  const options = { clock: createManualClock(0), seed: 1, laws: [lawFixture({ check })] };
  const target = { ...server.target, otherKey: "other-key-123" };
  const sleep = () => Promise.resolve();
  for await (const event of runLaws({
    ...options,
    contract: miniContract(options.laws),
    target,
    sleep,
    createsMax: 1,
  })) {
    if (event.type === "runFinished") expect(event.receipt).toMatchObject({ created: 1, deleted: 1, unanswered: 0 });
  }
  expect(ended).toEqual(["other-key-123"]);
});

test("a sandbox that sleeps through its end is started again and ended awake, where the profile allows that", async () => {
  const ends = async (deployment: readonly string[]) => {
    const awake = new Set<string>();
    const server = miniServer(({ method, url }) => {
      const id = new URL(url).pathname.split("/")[2] ?? "";
      if (method === "PUT") return Response.json({ id: awake.add(id).size });
      if (method === "DELETE" && !awake.has(id)) return new Response(null, { status: 204 });
      return undefined;
    });
    const laws = [lawFixture({ check: async ({ freshSandbox }) => void (await freshSandbox()) })];
    const { operations, profiles, ...rest } = miniContract(laws);
    const wake = { ...operations.find(({ id }) => id === "kill")!, id: "wake", method: "put" as const };
    const contract = {
      ...{ ...rest, operations: [...operations, wake], profiles: { ...profiles, deployment } },
      reap: { ...rest.reap, revivals: ["wake"] } as typeof rest.reap,
    };
    const options = { clock: createManualClock(0), seed: 1, contract, target: server.target };
    for await (const event of runLaws({ ...options, sleep: () => Promise.resolve() })) {
      if (event.type === "runFinished") return event.receipt;
    }
    throw new Error("the run did not finish");
  };
  const usual = ["create", "list", "get", "kill"];
  expect(await ends([...usual, "wake"])).toMatchObject({ created: 1, verifiedGone: 1, leaked: [], refused: 0 });
  expect(await ends(usual)).toMatchObject({ created: 1, verifiedGone: 0, leaked: ["b1"], refused: 0 });
});

test("a sandbox that takes its time to end is waited for, and is no leak", async () => {
  const { receipt } = await run(slowToEnd(3), 2);
  expect(receipt).toMatchObject({ created: 2, deleted: 2, verifiedGone: 2, leaked: [] });
});

test("a target that does not answer is asked to end twice on the way and twice at the end, however much is left", async () => {
  let asked = 0;
  const server = miniServer(({ method }) => {
    if (method !== "DELETE") return undefined;
    asked += 1;
    throw new DOMException("", "TimeoutError");
  });
  const check: Law["check"] = async (run) => {
    for (let nth = 0; nth < 5; nth += 1) await run.freshSandbox();
    return undefined;
  };
  const options = { clock: createManualClock(0), seed: 1, sleep: () => Promise.resolve() };
  const contract = miniContract([lawFixture({ check })]);
  for await (const event of runLaws({ ...options, contract, target: server.target })) {
    if (event.type === "runFinished") expect(event.receipt.leaked).toHaveLength(5);
  }
  expect(asked).toBe(4);
});
