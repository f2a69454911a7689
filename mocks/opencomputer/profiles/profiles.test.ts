import { describe, expect, test } from "vitest";
import { withHarness } from "../../harness.fixture.ts";
import { create, sandboxes } from "../faults/case.fixture.ts";
import { bodyCases } from "./bodies.cases.fixture.ts";
import { profiles } from "./index.ts";
import { previewCases } from "./previews.cases.fixture.ts";
import { sandboxCases } from "./sandboxes.cases.fixture.ts";

const contract = "opencomputer";
const cases = [...bodyCases, ...sandboxCases, ...previewCases];

describe("a difference of OpenComputer's servers", () => {
  for (const { id, seen, see, wrong, right } of cases) {
    test(`${id} shows in ${seen}`, async () => {
      expect(await withHarness({ contract, as: id }, see)).toEqual(wrong);
      expect(await withHarness({ contract }, see)).toEqual(right);
    });
  }

  test("has a case here if the mock shows it", () => {
    expect(cases.map(({ id }) => id).sort()).toEqual(Object.keys(profiles.shown).sort());
  });
});

test("differences add up: null, 0 and an empty scheme in one body", () =>
  withHarness({ contract, as: "cell" }, async ({ call }) => {
    const body = { timeout: null, cpuCount: 0, memoryMB: null, previewAuth: { scheme: "", token: null } };
    const { status, json } = await call(sandboxes, { body });
    expect(status).toBe(201);
    expect(json["previewAuthToken"]).toMatch(/^[\w-]{43}$/);
  }));

test("a fault and a profile add up", () =>
  withHarness({ contract, as: "edge", faults: [{ id: "create-answers-200" }] }, async ({ call }) => {
    expect((await call(sandboxes, { body: { timeout: -1 } })).status).toBe(200);
  }));

test("a world's profile can change, and goes back to what it was with a reset", () =>
  withHarness({ contract }, async ({ call, mock, world }) => {
    const status = async () => (await call(sandboxes, { body: { timeout: null } })).status;
    expect(await status()).toBe(400);
    world.changeSettings({ as: { opencomputer: "cell" } });
    expect(await status()).toBe(201);
    mock.universe.reset(world);
    expect(await status()).toBe(400);
  }));

test("a key in the query that is not taken is refused in its own world", () =>
  withHarness({ contract }, async ({ call, mock }) => {
    const world = mock.createWorld();
    const { key } = world.tenants.find((tenant) => tenant.contract === contract)!;
    expect((await call(`${sandboxes}?api_key=${key}`, { key: "" })).status).toBe(401);
    expect(world.journal.seen()).toBe(1);
    await create(call);
    expect(world.journal.seen()).toBe(1);
  }));
