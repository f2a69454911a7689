import { expect, test } from "vitest";
import { createManualClock } from "../../src/contract/clock.ts";
import type { SharedStore } from "./redis-store.ts";
import { takeRole } from "./replica-role.ts";
import { createMemoryStore } from "./state-store.fixture.ts";
import type { StateStore } from "./state-store.ts";

/** A replica that leads, whose turns come when it is told. */
async function leadFixture() {
  const [steady, wall] = [createManualClock(0), createManualClock(1_000_000)];
  let wallBackMs = 0;
  let isHeld = true;
  let go = () => {};
  const lead = {
    ...{ store: createMemoryStore(), renew: () => Promise.resolve(isHeld), release: () => Promise.resolve() },
  };
  const shared: SharedStore = {
    ...{ place: "nowhere", close: () => {}, leader: () => Promise.resolve(undefined) },
    ...{ warning: () => Promise.resolve(undefined), take: () => Promise.resolve(isHeld ? lead : "another") },
  };
  const role = await takeRole<StateStore>({
    ...{ shared, leadMs: 1_000, note: { urls: {}, secret: "own" } },
    clocks: [steady, { now: () => wall.now() - wallBackMs }],
    sleep: () => new Promise((resolve) => (go = resolve)),
    begin: (store) => store,
    finish: () => Promise.resolve(),
    onChange: () => {},
  });
  const { own } = role.now() as { own: StateStore };
  return {
    ...{ role, own, steady, wall },
    setBack: (ms: number) => (wallBackMs = ms),
    turn: async (held: boolean) => {
      isHeld = held;
      go();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("a lead that was not renewed is certain until the first of its clocks says that it may have lapsed", async () => {
  for (const name of ["steady", "wall"] as const) {
    const replica = await leadFixture();
    replica[name].advance(999);
    expect([replica.own.isCertain!(), replica.role.now()]).toEqual([
      true,
      expect.objectContaining({ own: replica.own }),
    ]);
    replica[name].advance(1);
    expect([replica.own.isCertain!(), replica.role.now()]).toEqual([false, undefined]);
    await replica.turn(true);
    expect(replica.own.isCertain!()).toBe(true);
  }
});

test("a clock that is set back makes no lead longer", async () => {
  const { own, steady, setBack } = await leadFixture();
  setBack(3_600_000);
  steady.advance(1_000);
  expect(own.isCertain!()).toBe(false);
});

test("what was begun as the leader is certain of nothing once another leads", async () => {
  const { own, turn } = await leadFixture();
  await turn(false);
  expect(own.isCertain!()).toBe(false);
});
