import { expect, test } from "vitest";
import { attemptsMax, inAttempts } from "./attempts.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";

/** Fails with each of these in turn, then succeeds. */
function failing(...errors: readonly Error[]) {
  const left = [...errors];
  const begun: number[] = [];
  const begin = () => {
    begun.push(begun.length + 1);
    const error = left.shift();
    return error === undefined ? Promise.resolve("done") : Promise.reject(error);
  };
  return { begin, begun };
}

const busy = new TransientFailure("answered 502");

test("what met a transient failure is tried again", async () => {
  const { begin, begun } = failing(busy, busy);
  expect(await inAttempts(begin)).toBe("done");
  expect(begun).toEqual([1, 2, 3]);
});

test("it is given up after three attempts, and no caller tries again", async () => {
  const inner = failing(busy, busy, busy, busy);
  const outer = inAttempts(() => inAttempts(inner.begin));
  await expect(outer).rejects.toMatchObject({ message: "answered 502", mayPass: false });
  expect(inner.begun.length).toBe(attemptsMax);
});

test.each([
  ["a request that took too long", new TransientFailure("late", { cause: new DOMException("", "TimeoutError") })],
  ["a law that cannot be judged", new Unjudged("budget", "spent")],
  ["an error of our own", new TypeError("x is undefined")],
])("%s is not tried again", async (_, error) => {
  const { begin, begun } = failing(error);
  await expect(inAttempts(begin)).rejects.toBe(error);
  expect(begun).toEqual([1]);
});
