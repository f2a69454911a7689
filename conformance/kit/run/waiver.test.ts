import { expect, test } from "vitest";
import type { LawOutcome } from "../law/law-outcome.ts";
import { lawFixture } from "../mini-contract.fixture.ts";
import { applyWaivers, counterexampleFingerprint, parseWaivers, staleWaivers } from "./waiver.ts";

const entry = { law: "mini/create/*", reason: "known", owner: "ada", expires: "2026-06-30" };
const law = lawFixture();
const lastDay = Date.parse("2026-06-30T23:59:59Z");
const failed: LawOutcome = {
  verdict: "fail",
  evidence: "confirmed",
  reason: "it is odd",
  finding: { reason: "it is odd", seed: 1, counterexample: { pointer: "#/timeout/minimum", keyword: "minimum" } },
  durationMs: 1,
};

test("a waiver covers a breach until the end of its last day", () => {
  const [waiver] = parseWaivers({ waivers: [entry] }, "f");
  const covered = (nowMs: number) => applyWaivers(failed, { law, waivers: [waiver!], nowMs }).waived;
  expect(covered(lastDay)).toEqual({ reason: "known", owner: "ada", expires: "2026-06-30" });
  expect(covered(lastDay + 1_000)).toBeUndefined();
});

test("a breach with another counterexample is news", () => {
  expect(counterexampleFingerprint(failed)).toBe("#/timeout/minimum");
  const waivers = [{ ...entry, counterexample: "#/timeout/type" }];
  const outcome = applyWaivers(failed, { law, waivers, nowMs: lastDay });
  expect(outcome.waived).toBeUndefined();
  expect(outcome.reason).toBe('it is odd (news: a waiver knows "#/timeout/type", this is "#/timeout/minimum")');
  const same = [{ ...entry, counterexample: "#/timeout/minimum" }];
  expect(applyWaivers(failed, { law, waivers: same, nowMs: lastDay }).waived).toBeDefined();
});

test("a waiver covers a law that rests on what the target broke, and no other that is left out", () => {
  const [waiver] = parseWaivers({ waivers: [entry] }, "f");
  const covered = (outcome: LawOutcome, marked: object = {}) =>
    applyWaivers(outcome, { law, waivers: [{ ...waiver!, ...marked }], nowMs: lastDay }).waived !== undefined;
  const leftOut: LawOutcome = { verdict: "skip", skipCause: "no-sandbox", reason: "it rests on a kill", durationMs: 1 };
  expect(covered(leftOut)).toBe(true);
  expect(covered(leftOut, { counterexample: "killSandbox 204" })).toBe(false);
  expect(covered({ ...leftOut, skipCause: "budget" })).toBe(false);
});

test("a waiver is stale when it has expired, or when its laws hold", () => {
  const passed: LawOutcome = { verdict: "pass", durationMs: 1 };
  const reasons = (outcome: LawOutcome, nowMs: number, waiver: object = entry) =>
    staleWaivers([{ ...entry, ...waiver }], [{ law, outcome }], nowMs).map(({ reason }) => reason);
  expect(reasons(failed, lastDay)).toEqual([]);
  expect(reasons(failed, lastDay + 1_000)).toEqual(["it expired on 2026-06-30"]);
  expect(reasons(passed, lastDay)).toEqual(["the law holds now"]);
  expect(reasons(passed, lastDay, { preset: "p" })).toEqual([]);
  expect(reasons(passed, lastDay, { law: "other/**" })).toEqual([]);
});

test.each<[unknown, RegExp]>([
  [{}, /the waivers in f: write \{"waivers"/],
  [[{ law: "a" }], /entry 0 does not say "reason"/],
  [[{ ...entry, couterexample: "list 200" }], /entry 0 says "couterexample", which no waiver has/],
  [[{ ...entry, expires: "soon" }], /entry 0 expires on "soon", which is no day/],
])("%o is no list of waivers", (value, message) => {
  expect(() => parseWaivers(value, "f")).toThrow(message);
});

test("a waiver that fits no law is refused, where the laws are known", () => {
  const entry = { law: "mini/typo", reason: "known", owner: "us", expires: "2026-12-31" };
  expect(() => parseWaivers([entry], "f", [{ id: "mini/create/rule" }])).toThrow(
    '"mini/typo", which no law\'s id fits',
  );
  expect(parseWaivers([{ ...entry, law: "mini/**" }], "f", [{ id: "mini/create/rule" }])).toHaveLength(1);
});
