import { expect, test } from "vitest";
import { explore } from "./explore.ts";
import { judgeItinerary, sequenceCases } from "./sequence.ts";
import type { SequenceSpec } from "./sequence.ts";

type Box = { state: "running" | "asleep" | "killed"; starts: number };

function specOf(options: { readonly seen?: string[]; readonly wakesKilled?: boolean } = {}): SequenceSpec<Box> {
  const { seen = [], wakesKilled = false } = options;
  let starts = 0;
  const step = (name: string, act: (box: Box) => Box["state"]) => ({
    name,
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
    look: () => Promise.resolve(undefined),
    ended: ({ state }) => state === "killed",
  };
}

test("the tour takes every pair of steps, and starts anew after the end", async () => {
  const seen: string[] = [];
  expect(await judgeItinerary(specOf({ seen }), "tour")).toBeUndefined();
  const pairs = seen.flatMap((step, index) => {
    const [start, name] = step.split(":");
    const [nextStart, next] = (seen[index + 1] ?? "").split(":");
    return start === nextStart ? [`${name} ${next}`] : [];
  });
  const names = ["hibernate", "wake", "kill"];
  expect(new Set(pairs)).toEqual(new Set(names.flatMap((one) => names.map((other) => `${one} ${other}`))));
  expect(seen.length).toBeLessThan(25);
});

test("the same tour twice is the same", async () => {
  const [one, other] = [[] as string[], [] as string[]];
  await judgeItinerary(specOf({ seen: one }), "tour");
  await judgeItinerary(specOf({ seen: other }), "tour");
  expect(one).toEqual(other);
});

test("a breach tells the steps that led to it", async () => {
  const breach = await judgeItinerary(specOf({ wakesKilled: true }), "tour");
  expect(breach?.reason).toMatch(/^after (\w+, )*kill, wake: it rose$/);
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

test("a random sequence is shrunk, and its path leads back to it (seed 5)", async () => {
  const spec = specOf({ wakesKilled: true });
  const cases = sequenceCases({ ...spec, runs: 50 });
  const judge = (itinerary: Parameters<typeof judgeItinerary>[1]) =>
    itinerary === "tour" ? Promise.resolve(undefined) : judgeItinerary(spec, itinerary);
  const found = await explore(cases, judge, { seed: 5, shrinksMax: 100 });
  expect((found?.counterexample as { step: string }[]).map(({ step }) => step)).toEqual(["kill", "wake"]);
  const again = await explore(cases, judge, { seed: 5, shrinksMax: 0, path: found?.path });
  expect(again?.counterexample).toEqual(found?.counterexample);
});

test("a sequence that was written down with a step that is gone cannot be judged", async () => {
  await expect(judgeItinerary(specOf({}), [{ step: "defrost", on: 0 }])).rejects.toThrow('no step "defrost" any more');
});
