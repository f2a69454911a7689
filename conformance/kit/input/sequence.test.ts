import { expect, test } from "vitest";
import { judgeCases } from "./judge-cases.ts";
import { judgeItinerary, sequenceCases } from "./sequence.ts";
import type { SequenceSpec } from "../law/case.ts";

type Box = { state: "running" | "asleep" | "killed"; starts: number };

type SpecOptions = {
  readonly seen?: string[];
  readonly wakesKilled?: boolean;
  /** Steps in a row after which something is lost. */
  readonly losesAfter?: readonly string[];
};

function specOf({ seen = [], wakesKilled = false, losesAfter }: SpecOptions = {}): SequenceSpec<Box> {
  let starts = 0;
  const isLost = () => {
    const last = seen.slice(-(losesAfter?.length ?? 0));
    return losesAfter !== undefined && last.join() === losesAfter.map((name) => `${starts}:${name}`).join();
  };
  const step = (name: string, act: (box: Box) => Box["state"]) => ({
    name,
    ends: name === "kill",
    act: (box: Box) => {
      seen.push(`${box.starts}:${name}`);
      const next = act(box);
      const risen = box.state === "killed" && next !== "killed";
      box.state = next;
      return Promise.resolve(risen ? { reason: "it rose" } : undefined);
    },
  });
  return {
    start: () => Promise.resolve({ state: "running", starts: (starts += 1) }),
    steps: [
      step("hibernate", ({ state }) => (state === "killed" ? state : "asleep")),
      step("wake", ({ state }) => (state === "killed" && !wakesKilled ? state : "running")),
      step("kill", () => "killed"),
    ],
    look: () => Promise.resolve(isLost() ? { reason: "it is lost" } : undefined),
  };
}

test("a breach tells the steps that led to it", async () => {
  const breach = await judgeItinerary(specOf({ wakesKilled: true }), [
    { step: "hibernate", on: 0 },
    { step: "kill", on: 0 },
    { step: "wake", on: 0 },
  ]);
  expect(breach?.reason).toBe("after hibernate, kill, wake: it rose");
});

test("steps that cannot be taken are passed over", async () => {
  const seen: string[] = [];
  const spec = specOf({ seen });
  const steps = spec.steps.map((step) => ({ ...step, possible: () => step.name !== "wake" }));
  await judgeItinerary({ ...spec, steps }, [
    { step: "wake", on: 0 },
    { step: "kill", on: 1 },
  ]);
  expect(seen).toEqual(["1:kill"]);
});

const plenty = () => ({ creates: 200, minutes: 10 });

test("a random sequence is made smaller by leaving steps out, and its path leads back to it", async () => {
  const spec = specOf({ losesAfter: ["hibernate", "hibernate", "wake", "wake"] });
  const cases = sequenceCases({ ...spec, length: 30 }, { seed: 5, left: plenty });
  const judge = (itinerary: Parameters<typeof judgeItinerary>[1]) => judgeItinerary(spec, itinerary);
  const found = await judgeCases(cases, judge, { seed: 5, shrinksMax: 6 });
  const names = (found?.counterexample as { step: string }[]).map(({ step }) => step);
  expect(names).toEqual(["hibernate", "hibernate", "wake", "wake"]);
  const again = await judgeCases(cases, judge, { seed: 5, shrinksMax: 0, path: found?.path });
  expect(again?.counterexample).toEqual(found?.counterexample);
});

test("a replay path leads to a walk that the budget would not reach", async () => {
  const spec = specOf();
  const few = sequenceCases(spec, { seed: 5, left: () => ({ creates: 1, minutes: 10 }) });
  const judged: unknown[] = [];
  const judge = (itinerary: unknown) => Promise.resolve(void judged.push(itinerary));
  await judgeCases(few, judge, { seed: 5, shrinksMax: 0, path: "57:0" });
  const [walk] = judged as { step: string }[][];
  expect(walk).toHaveLength(51);
  expect(walk?.at(-1)).toEqual({ step: "kill", on: 0 });
});

test.each([
  [40, 1, 40],
  [180, 0.25, 45],
  [0, 1, 1],
  [Infinity, 1, 1],
])("of %d creates that are left, a share of %d goes into %d random sequences", async (creates, share, runs) => {
  let spent = 0;
  const left = () => ({ creates: creates - spent, minutes: 10 });
  const cases = sequenceCases({ ...specOf(), share }, { seed: 1, left });
  await judgeCases(cases, () => Promise.resolve(void (spent += 1)), { seed: 1, shrinksMax: 0 });
  expect(spent).toBe(runs);
});

test("random sequences leave time for the laws to come", async () => {
  let minutes = 10;
  const cases = sequenceCases(specOf(), { seed: 1, left: () => ({ creates: 40, minutes }) });
  await judgeCases(cases, () => Promise.resolve(void (minutes -= 0.1)), { seed: 1, shrinksMax: 0 });
  expect(minutes).toBeCloseTo(9.6); // a thirtieth of the time, and what the last took
});

/** A server that forgets after four steps in a row, and how many sandboxes it took to see that. */
function forgetful(): SequenceSpec<{ last: string[] }> & { readonly starts: () => number } {
  const row = ["setTimeout", "rotate", "hibernate", "wake"];
  let starts = 0;
  const step = (name: string) => ({
    name,
    ends: name === "kill",
    act: ({ last }: { last: string[] }) => Promise.resolve(void last.push(name)),
  });
  return {
    start: () => {
      starts += 1;
      return Promise.resolve({ last: [] });
    },
    steps: [...row, "tag", "untag", "listPort", "unlistPort", "kill"].map(step),
    look: ({ last }) => Promise.resolve(last.slice(-4).join() === row.join() ? { reason: "it forgot" } : undefined),
    starts: () => starts,
  };
}

test("a bug that takes four steps in a row is found within 88 sandboxes, whatever the seed", async () => {
  const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
  const found = [];
  for (const seed of seeds) {
    const spec = forgetful();
    const cases = sequenceCases(spec, { seed, left: plenty });
    if ((await judgeCases(cases, (steps) => judgeItinerary(spec, steps), { seed, shrinksMax: 0 })) !== undefined) {
      found.push(spec.starts());
    }
  }
  expect(found).toHaveLength(20);
  expect(Math.max(...found)).toBeLessThanOrEqual(88);
});

test("a sequence that was written down with a step that is gone cannot be judged", async () => {
  await expect(judgeItinerary(specOf(), [{ step: "defrost", on: 0 }])).rejects.toThrow('no step "defrost" any more');
});
