import { describe, expect, test } from "vitest";
import { ContractError } from "../src/contract/contract-error.ts";
import { createMock, startMock } from "./index.ts";
import { withHarness } from "./harness.fixture.ts";

// What TypeScript refuses and JavaScript lets through.
const untyped = (value: unknown) => value as never;
const clockScale = { clokScale: 0 };
const circle: { self?: unknown } = {};
circle.self = circle;
const tenant = { contract: "recoup", name: "ada", organisation: "a", key: "one" };
const mock = createMock({ seed: "options" });
const world = mock.defaultWorld();
const { journal, clock } = world;
const request = new Request("http://mock/api/sandboxes");

describe("what a caller gets wrong is refused with where it is and what was meant:", () => {
  test.each<[call: string, act: () => unknown, message: string]>([
    [
      "an option",
      () => createMock(untyped(clockScale)),
      'createMock: there is no member "clokScale": did you mean "clockScale"?',
    ],
    [
      "its type",
      () => createMock(untyped({ clockScale: "60" })),
      "createMock: clockScale: Invalid input: expected number, received string",
    ],
    ["all options", () => createMock(untyped(null)), "createMock: Invalid input: expected object, received null"],
    [
      "several",
      () => createMock(untyped({ sed: "x", sleep: 5 })),
      'sleep: a function is due, got 5; there is no member "sed": did you mean "seed"?',
    ],
    ["a clock", () => createMock({ clock: untyped({}) }), "createMock: clock: a clock has now()"],
    [
      "a setting",
      () => createMock({ settings: untyped({ qouta: 1 }) }),
      'createMock: settings: there is no member "qouta": did you mean "quota"?',
    ],
    [
      "an upstream",
      () => createMock({ settings: { previewUpstreams: { web: "http://x" } } }),
      'previewUpstreams.web: a port or "sb-<id>:<port>" is due',
    ],
    [
      "the journal",
      () => createMock({ journal: untyped({ entries: 1 }) }),
      'createMock: journal: there is no member "entries": did you mean "entriesMax"?',
    ],
    [
      "a tenant",
      () => createMock({ tenants: [untyped({ contract: "recop", name: "x", organisation: "x" })] }),
      'tenants.0.contract: there is no contract "recop": did you mean "recoup"?',
    ],
    [
      "a fault",
      () => createMock({ faults: [{ id: "latncy" }] }),
      'there is no fault "latncy": did you mean "latency"?',
    ],
    [
      "a limit of one",
      () => createMock({ faults: [untyped({ id: "create-answers-200", time: 1 })] }),
      'createMock: faults.0: there is no member "time": did you mean "times"?',
    ],
    [
      "no list of faults",
      () => world.setFaults(untyped({ id: "create-answers-200" })),
      "faults: Invalid input: expected array, received object",
    ],
    [
      "a probability",
      () => world.setFaults([untyped({ id: "create-answers-200", probability: "1" })]),
      "faults: 0.probability: Invalid input: expected number, received string",
    ],
    [
      "a new world",
      () => mock.createWorld(untyped({ clockscale: 0 })),
      'createWorld: there is no member "clockscale": did you mean "clockScale"?',
    ],
    ["its faults", () => mock.createWorld({ faults: [{ id: "Z9" }] }), 'there is no fault "Z9": '],
    [
      "a change of settings",
      () => world.changeSettings(untyped({ quota: "1" })),
      "changeSettings: quota: Invalid input: expected number",
    ],
    [
      "an operation",
      () => journal.verify({ operation: "createSandbx" }),
      'journal.verify: operation: there is no operation "createSandbx": did you mean "createSandbox"?',
    ],
    [
      "an expectation",
      () => journal.verify(untyped({ time: 1 })),
      'journal.verify: there is no member "time": did you mean "times"?',
    ],
    [
      "a filter",
      () => journal.entries(untyped({ state: 1 })),
      'journal.entries: there is no member "state": did you mean "status"?',
    ],
    ["a step of time", () => clock.advance(untyped("60")), 'advance must be a number of at least 0, got "60"'],
    ["a speed", () => clock.setScale(untyped(undefined)), "scale must be a number of at least 0, got undefined"],
    [
      "a contract",
      () => mock.fetch(untyped("opencomputr"), request),
      'fetch: contract: there is no contract "opencomputr": did you mean "opencomputer"?',
    ],
    ["a contract that JSON cannot show", () => mock.fetch(untyped(1n), request), "there is no contract 1n: there are"],
    [
      "a fault that is no text",
      () => createMock(untyped({ faults: [{ id: Symbol("A1") }] })),
      "no fault Symbol(A1): there",
    ],
    ["a fault that is a circle", () => createMock(untyped({ faults: [{ id: circle }] })), "there is no fault "],
    [
      "a number that is a symbol",
      () => createMock(untyped({ faults: [{ id: "A1", times: Symbol("1") }] })),
      "createMock: faults.0.times: Invalid input: expected number, received symbol",
    ],
    [
      "a key that two tenants have",
      () => createMock({ tenants: [tenant, { ...tenant, name: "bob" }] }),
      'createMock: tenants: "ada" and "bob" of recoup have the same key: give each one of its own',
    ],
    [
      "a name that two tenants have",
      () => createMock({ tenants: [tenant, { ...tenant, key: "other" }] }),
      'createMock: tenants: two of recoup are called "ada": give each a name of its own',
    ],
    ["a request", () => mock.fetch("recoup", untyped("http://mock")), "fetch: a Request is due"],
    [
      "a listener",
      () => mock.listen(untyped("toString")),
      'listen: contract: there is no contract "toString": there are recoup, opencomputer',
    ],
    ["its port", () => mock.listen("recoup", { port: 70_000 }), "listen: port: Too big"],
    [
      "a started mock",
      () => startMock(untyped({ contract: "recoup", prot: 1 })),
      'startMock: there is no member "prot": did you mean "port"?',
    ],
    [
      "a tenant of a journal",
      () => journal.verify({ tenantId: "nobody" }),
      'journal.verify: tenantId: there is no tenant "nobody": there are ',
    ],
    ["a world to delete", () => mock.universe.delete(untyped(undefined)), "delete: this is no world of this mock"],
    ["a world to fork", () => mock.universe.fork(untyped({})), "fork: this is no world of this mock"],
    ["a world to reset", () => mock.universe.reset(createMock().createWorld()), "reset: this is no world of this mock"],
    ["a snapshot", () => mock.universe.reset(world, untyped({ tables: {} })), "reset: this is no snapshot"],
    ["a new world of null", () => mock.createWorld(untyped(null)), "createWorld: Invalid input: expected object, rec"],
    [
      "no mock at all",
      () => startMock(untyped(undefined)),
      "startMock: Invalid input: expected object, received undefined",
    ],
  ])("%s", async (_, act, message) => {
    const refused = await Promise.resolve()
      .then(act)
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ContractError);
    expect(refused).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(message) as string });
  });

  test("what is undefined is the default", () => {
    const settings = untyped({ quota: undefined, previewDomain: undefined });
    const { clock: given, settings: kept } = createMock(untyped({ clockScale: undefined, settings })).createWorld(
      untyped({ clockScale: undefined, settings }),
    );
    expect([given.scale(), kept.quota, kept.previewDomain]).toEqual([
      1,
      null,
      expect.stringMatching(/^w\w+\.localhost$/),
    ]);
    const { settings: before } = world;
    world.changeSettings(settings);
    expect(world.settings).toEqual(before);
  });
});

describe("a world that is created", () => {
  const contract = "opencomputer";
  const faults = [{ id: "server-error", times: 3 }];
  const settings = { quota: 7, bootLatencyMs: 1 };

  test("has clock, settings and faults as the mock began with", () => {
    const startMs = Date.UTC(2026, 0, 1);
    const created = createMock({ clockScale: 0, startMs, settings, faults }).createWorld();
    expect([created.clock.scale(), created.clock.now(), created.faults()]).toEqual([0, startMs, faults]);
    expect(created.settings).toMatchObject({ ...settings, previewDomain: `${created.id}.localhost` });
  });

  test("has them as the default world has them by then, over HTTP too, and keeps them over a reset", () =>
    withHarness({ contract }, async ({ mock: made, world: first, call }) => {
      first.clock.setScale(60);
      first.changeSettings(settings);
      first.setFaults(faults);
      const { json, status } = await call("/__sandglass/worlds", { body: {} });
      expect([status, json]).toMatchObject([201, { clockScale: 60, faults, settings }]);
      const created = made.createWorld();
      created.setFaults([]);
      created.changeSettings({ quota: 1 });
      const reset = made.universe.reset(created);
      expect([reset.clock.scale(), reset.settings.quota, reset.faults()]).toEqual([60, 7, faults]);
      first.setFaults([]);
      expect(reset.faults()).toEqual(faults);
    }));

  test("has what it is given instead", () =>
    withHarness({ contract, faults, settings }, async ({ mock: made, call }) => {
      const created = made.createWorld({ clockScale: 2, startMs: 5, settings: { quota: null }, faults: [] });
      expect([created.clock.scale(), created.settings.quota, created.settings.bootLatencyMs]).toEqual([2, null, 1]);
      expect([created.clock.now() < 1_000, created.faults()]).toEqual([true, []]);
      const given = await call("/__sandglass/worlds", { body: { faults: [{ id: "create-answers-200" }] } });
      expect(given.json["faults"]).toEqual([{ id: "create-answers-200" }]);
      const refused = await call("/__sandglass/worlds", { body: { faults: [{ id: "latncy" }] } });
      expect([refused.status, refused.json["error"]]).toEqual([
        400,
        expect.stringContaining('did you mean "latency"?'),
      ]);
    }));
});
