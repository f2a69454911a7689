import { describe, expect, test } from "vitest";
import type { ContractModel } from "./contract-model.ts";
import { createJudge } from "./judge.ts";
import type { ObservedExchange } from "./observed-exchange.ts";

/** A register that is written, read, and ended; and how much work was done on it. */
type Part = { readonly kind: "write" | "read" | "end"; readonly value?: number };
type State = { readonly value: number | "unknown" | "ended" };

function createRegister(listsLagMs = 0) {
  const work = { steps: 0, asked: 0 };
  const model: ContractModel<State, Part> = {
    change: ({ path, operation, request, response }) => {
      if (operation === "list") return undefined;
      const kind = operation as Part["kind"];
      const value = Number(kind === "read" ? response?.body : request.body);
      return path["id"] === undefined
        ? undefined
        : { subject: path["id"], part: { kind, value }, isReading: kind === "read" };
    },
    reads: ({ operation, path: { id = "" }, response }, known) => {
      work.asked += known(() => true).length;
      if (operation !== "list") return [];
      return [{ subject: id, part: { kind: "read", value: Number(response?.body) }, isListed: true }];
    },
    judge: () => [],
    begin: () => [{ value: "unknown" }],
    isFinal: ({ value }) => value === "ended",
    listsLagMs,
    step: (state, { kind, value = 0 }) => {
      work.steps += 1;
      if (kind === "end") return [{ next: { value: "ended" }, deviations: [] }];
      if (kind === "write" || state.value === "unknown" || state.value === value)
        return [{ next: { value }, deviations: [] }];
      return [
        { next: { value }, deviations: [{ clause: "read", reason: `it is ${state.value} and reads as ${value}` }] },
      ];
    },
  };
  return { model, work };
}

type Told = readonly [kind: Part["kind"] | "list", value: number, sentAtMs: number, answeredAtMs: number, id?: string];

function exchanges(told: readonly Told[]): readonly ObservedExchange[] {
  return told.map(([operation, value, sentAtMs, answeredAtMs, id = "a"], index) => {
    const request = { method: "GET", url: "http://x/", headers: {}, body: String(value) };
    const response = { status: 200, headers: {}, body: String(value), json: undefined };
    const times = { sentAtMs, answeredAtMs };
    return { number: index + 1, actor: "own", operation, path: { id }, request, response, ...times };
  });
}

function judgeAll(told: readonly Told[], listsLagMs = 0) {
  const { model, work } = createRegister(listsLagMs);
  const judge = createJudge(model);
  const found = [...exchanges(told).flatMap((exchange) => judge.take(exchange)), ...judge.finish()];
  return { reasons: found.map(({ reason }) => reason), work };
}

describe("exchanges that overlap", () => {
  test("may have been done in any order, of those that fit what was read", () => {
    const writes: Told[] = [
      ["write", 1, 0, 10],
      ["write", 2, 1, 9],
    ];
    expect(judgeAll([...writes, ["read", 1, 20, 21]]).reasons).toEqual([]);
    expect(judgeAll([...writes, ["read", 2, 20, 21]]).reasons).toEqual([]);
    expect(judgeAll([...writes, ["read", 3, 20, 21]]).reasons).toHaveLength(1);
    expect(judgeAll([...writes, ["read", 2, 20, 21], ["read", 1, 22, 23]]).reasons).toHaveLength(1);
  });

  test("a reading may show what was before any that it overlaps, or between two of them", () => {
    const before: Told = ["write", 1, 0, 1];
    const during: Told[] = [
      ["write", 2, 11, 40],
      ["write", 3, 12, 20],
    ];
    for (const value of [1, 2, 3]) expect(judgeAll([before, ["read", value, 10, 30], ...during]).reasons).toEqual([]);
    expect(judgeAll([before, ["read", 4, 10, 30], ...during]).reasons).toHaveLength(1);
  });
});

describe("a list that may lag", () => {
  const told: Told[] = [
    ["write", 1, 0, 1],
    ["write", 2, 100, 101],
  ];

  test("shows what was before a change for so long, and no longer", () => {
    expect(judgeAll([...told, ["list", 1, 150, 151]], 50).reasons).toEqual([]);
    expect(judgeAll([...told, ["list", 1, 151, 152]], 50).reasons).toHaveLength(1);
    expect(judgeAll([...told, ["list", 2, 150, 151]], 50).reasons).toEqual([]);
  });

  test("shows nothing that never was", () => {
    expect(judgeAll([...told, ["list", 3, 150, 151]], 50).reasons).toHaveLength(1);
  });

  test("leaves other readings as they are, and shows nothing old unless it may", () => {
    expect(judgeAll([...told, ["read", 1, 150, 151]], 50).reasons).toHaveLength(1);
    expect(judgeAll([...told, ["list", 1, 150, 151]]).reasons).toHaveLength(1);
  });
});

describe("the work", () => {
  test("for each exchange is the same in a long recording, however many overlap", () => {
    const stepsOf = (count: number) => {
      const told = Array.from({ length: count }, (_, index): Told => {
        return index % 3 === 0 ? ["read", index - 1, index, index + 6] : ["write", index, index, index + 6];
      });
      return judgeAll(told).work.steps / count;
    };
    const few = stepsOf(500);
    expect(few).toBeLessThan(200);
    expect(stepsOf(4_000)).toBeLessThan(2 * few);
  });

  test("does not grow with subjects that are over", () => {
    const told = Array.from({ length: 2_000 }, (_, index): Told[] => [
      ["write", 1, 2 * index, 2 * index, `r${index}`],
      ["end", 0, 2 * index + 1, 2 * index + 1, `r${index}`],
    ]).flat();
    const { reasons, work } = judgeAll(told);
    expect(reasons).toEqual([]);
    expect(work.asked).toBeLessThan(2 * told.length);
  });
});
