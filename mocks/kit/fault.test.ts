import { describe, expect, test } from "vitest";
import { ContractError } from "../../src/contract/contract-error.ts";
import { createMock, faults } from "../mock.ts";
import { type HarnessReply, withHarness } from "../harness.fixture.ts";
import { createFires } from "./fault.ts";
import { createRandom } from "./random.ts";

const contract = "opencomputer";
const sandboxes = "/api/sandboxes";

async function repeat<T>(times: number, act: () => Promise<T>): Promise<T[]> {
  const seen = [];
  for (let at = 0; at < times; at += 1) seen.push(await act());
  return seen;
}

const statusOf = async (seen: Promise<HarnessReply>) => (await seen).status;

describe("a limit of a fault", () => {
  test("times shows it so often and then never again", () =>
    withHarness({ contract, faults: [{ id: "create-answers-200", times: 3 }] }, async ({ call }) => {
      const statuses = await repeat(5, () => statusOf(call(sandboxes, { body: {} })));
      expect(statuses).toEqual([200, 200, 200, 201, 201]);
    }));

  test("times counts showings, not requests in which nothing could show", () =>
    withHarness({ contract, faults: [{ id: "negative-timeout-accepted", times: 1 }] }, async ({ call }) => {
      const timeouts = [60, -1, 60, -1];
      const statuses = [];
      for (const timeout of timeouts) statuses.push(await statusOf(call(sandboxes, { body: { timeout } })));
      expect(statuses).toEqual([201, 201, 201, 400]);
    }));

  test("times counts requests to the API and to previews together", () =>
    withHarness({ contract, faults: [{ id: "killed-in-flight", times: 1 }] }, async ({ call, preview }) => {
      const ids = await repeat(2, async () => (await call(sandboxes, { body: {} })).json["sandboxID"] as string);
      expect((await preview(ids[0]!)).status).toBe(200);
      await call(`${sandboxes}/${ids[1]}`);
      const states = await Promise.all(ids.map(async (id) => (await call(`${sandboxes}/${id}`)).json["status"]));
      expect(states).toEqual(["stopped", "running"]);
    }));

  test("probability shows it now and then, the same way for the same seed", async () => {
    const draw = (seed: string) =>
      withHarness({ contract, seed, faults: [{ id: "create-answers-200", probability: 0.5 }] }, ({ call }) =>
        repeat(40, () => statusOf(call(sandboxes, { body: {} }))),
      );
    const first = await draw("one");
    expect(new Set(first)).toEqual(new Set([200, 201]));
    expect(await draw("one")).toEqual(first);
    expect(await draw("two")).not.toEqual(first);
  });

  test("probability is kept to over many draws (seed 1)", () => {
    const fires = createFires({ id: "create-answers-200", probability: 0.2 }, createRandom("1"), {
      get: () => 0,
      add: () => {},
    });
    const fired = Array.from({ length: 10_000 }, () => fires("createSandbox")).filter(Boolean).length;
    expect(fired).toBeGreaterThan(1_800);
    expect(fired).toBeLessThan(2_200);
  });

  test("operation shows it there alone", () =>
    withHarness({ contract, faults: [{ id: "server-error", operation: "listSandboxes" }] }, async ({ call }) => {
      expect(await statusOf(call(sandboxes, { body: {} }))).toBe(201);
      expect(await statusOf(call(sandboxes))).toBe(503);
    }));

  test("starts anew when faults are switched on again", () =>
    withHarness({ contract, faults: [{ id: "create-answers-200", times: 1 }] }, async ({ call, world }) => {
      const create = () => statusOf(call(sandboxes, { body: {} }));
      expect([await create(), await create()]).toEqual([200, 201]);
      world.setFaults([{ id: "create-answers-200", times: 1 }]);
      expect([await create(), await create()]).toEqual([200, 201]);
    }));
});

describe("switching faults", () => {
  test("works while the mock runs", () =>
    withHarness({ contract }, async ({ call, world }) => {
      const create = () => statusOf(call(sandboxes, { body: {} }));
      const before = await create();
      world.setFaults([{ id: "create-answers-200" }]);
      const during = await create();
      world.setFaults([]);
      expect([before, during, await create()]).toEqual([201, 200, 201]);
    }));

  test("lets several show in one request", () =>
    withHarness(
      {
        contract,
        faults: [{ id: "create-answers-200" }, { id: "negative-timeout-accepted" }, { id: "time-without-zone" }],
      },
      async ({ call }) => {
        expect(await statusOf(call(sandboxes, { body: { timeout: -1 } }))).toBe(200);
        expect((await call(sandboxes)).json[0]?.["startedAt"]).not.toContain("T");
      },
    ));

  test("turns both contracts of a world, where both have the fault", async () => {
    const mock = createMock({ faults: [{ id: "missing-key-accepted" }] });
    for (const name of ["recoup", "opencomputer"] as const) {
      expect((await mock.fetch(name, new Request(`http://mock${sandboxes}`))).status).toBe(200);
    }
  });

  test("never shows in another world", () =>
    withHarness({ contract }, async ({ call, mock, world }) => {
      const [quiet, faulty] = [mock.createWorld(), mock.createWorld({ faults: [{ id: "latency" }] })];
      world.setFaults([{ id: "create-answers-200" }]);
      faulty.setFaults([{ id: "server-error" }]);
      const keyOf = ({ tenants }: typeof quiet) => tenants.find((tenant) => tenant.contract === contract)!.key;
      const create = (key?: string) => statusOf(call(sandboxes, { key, body: {} }));
      const statuses = await repeat(20, () => Promise.all([create(), create(keyOf(quiet)), create(keyOf(faulty))]));
      expect(new Set(statuses.map(String))).toEqual(new Set(["200,201,503"]));
    }));

  test("goes on in a fork, and ends with a reset to a beginning without faults", () =>
    withHarness({ contract }, async ({ call, mock, world }) => {
      world.setFaults([{ id: "create-answers-200" }]);
      const fork = mock.universe.fork(world);
      const { key } = fork.tenants.find((tenant) => tenant.contract === contract)!;
      mock.universe.reset(world);
      expect(await statusOf(call(sandboxes, { body: {} }))).toBe(201);
      expect(await statusOf(call(sandboxes, { key, body: {} }))).toBe(200);
    }));
});

describe("an alias", () => {
  const aliased = [{ id: "A1", times: 2 }];
  const resolved = [{ id: "create-answers-200", times: 2 }];

  test("switches its fault on, which is told by its id", () =>
    withHarness({ contract, faults: aliased }, async ({ call, world, mock }) => {
      expect(world.faults()).toEqual(resolved);
      expect(await statusOf(call(sandboxes, { body: {} }))).toBe(200);
      world.setFaults(aliased);
      expect(world.faults()).toEqual(resolved);
      expect(mock.createWorld({ faults: aliased }).faults()).toEqual(resolved);
    }));

  test("is accepted by the control API, and in a world that was saved", () =>
    withHarness({ contract }, async ({ call }) => {
      const path = "/__sandglass/worlds/default";
      const put = await call(`${path}/faults`, { method: "PUT", body: aliased });
      expect(put).toMatchObject({ status: 200, json: resolved });
      const saved = (await call(`${path}/snapshot`)).json;
      const restored = await call(`${path}/snapshot`, { method: "PUT", body: { ...saved, faults: aliased } });
      expect(restored).toMatchObject({ status: 200, json: { faults: resolved } });
      expect(await statusOf(call(sandboxes, { body: {} }))).toBe(200);
    }));

  test("belongs to one id, and an id to one alias", () => {
    const pairs = new Set(faults.flatMap(({ id, alias }) => (alias === undefined ? [] : [`${alias} ${id}`])));
    expect(new Set([...pairs].map((pair) => pair.split(" ")[0])).size).toBe(pairs.size);
    expect(new Set([...pairs].map((pair) => pair.split(" ")[1])).size).toBe(pairs.size);
    for (const { id } of faults) expect(id).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
  });
});

describe("a setting without an effect", () => {
  test.for([
    [{ id: "Z9" }, 'there is no fault "Z9": '],
    [{ id: "constructor" }, 'there is no fault "constructor"'],
    [
      { id: "create-answers-200", operation: "makeSandbox" },
      'there is no operation "makeSandbox": did you mean "wakeSandbox"?',
    ],
    [
      { id: "latency", options: { seconds: 1 } },
      'there is no option "seconds": there are times, probability, operation, ms, spreadMs',
    ],
    [
      { id: "create-answers-200", options: { toString: 1 } },
      'there is no option "toString": there are times, probability, operation',
    ],
    [
      { id: "server-error", options: { status: 404 } },
      "options.status: Invalid option: expected one of 500|502|503, got 404",
    ],
    [{ id: "latency", options: { ms: -1 } }, "options.ms: Too small: expected number to be >=0, got -1"],
    [{ id: "latency", options: { ms: NaN } }, "options.ms: Invalid input: expected number, received NaN"],
    [{ id: "create-answers-200", times: 1.5 }, "times: Invalid input: expected int, received number, got 1.5"],
    [{ id: "create-answers-200", probability: 2 }, "probability: Too big: expected number to be <=1, got 2"],
  ] as const)("%j is refused with what there is", ([setting, message]) => {
    expect(refusalOf(() => createMock({ faults: [setting] }))).toMatchObject({ code: "CONFIG_INVALID" });
    const world = createMock({ faults: [{ id: "create-answers-200" }] }).createWorld();
    expect(refusalOf(() => world.setFaults([setting])).message).toContain(message);
    expect(world.faults()).toEqual([{ id: "create-answers-200" }]);
  });

  test("is answered by the control API with 400, and changes nothing", () =>
    withHarness({ contract, faults: [{ id: "create-answers-200" }] }, async ({ call, world }) => {
      const put = await call("/__sandglass/worlds/default/faults", {
        method: "PUT",
        body: [{ id: "create-answers-200", operation: "no" }],
      });
      expect([put.status, put.json["error"]]).toEqual([
        400,
        expect.stringContaining(`0.operation: there is no operation "no"`),
      ]);
      expect(world.faults()).toEqual([{ id: "create-answers-200" }]);
    }));
});

test("every fault says what it does and how it shows, once for each contract", () => {
  const names = faults.map(({ id, contract }) => `${id} ${contract}`);
  expect(new Set(names).size).toBe(names.length);
  for (const { summary, shows } of faults) {
    expect(summary).toMatch(/^[a-z].*[^.]$/);
    expect(shows).toMatch(/^[a-z].*[^.]$/);
  }
});

function refusalOf(act: () => unknown): ContractError {
  try {
    act();
  } catch (error) {
    if (error instanceof ContractError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
