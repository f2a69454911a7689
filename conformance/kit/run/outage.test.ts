import { expect, test } from "vitest";
import { createOutageWatch } from "./outage.ts";
import { EnvironmentTrouble } from "./unjudged.ts";

const cutOff = () => Promise.reject(new EnvironmentTrouble("no answer", { cause: new Error("socket hang up") }));
const tooLong = () =>
  Promise.reject(new EnvironmentTrouble("no answer", { cause: new DOMException("it took too long", "TimeoutError") }));
const busy = () => Promise.reject(new EnvironmentTrouble("answered 502"));
const answers = () => Promise.resolve("yes");

async function times(count: number, send: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < count; time += 1) await expect(send()).rejects.toThrow(/^(no answer|answered 502)$/);
}

test.each([
  ["waits out the time-out twice", tooLong, 2],
  ["is cut off four times", cutOff, 4],
])("an operation that %s in a row is not asked again, others are", async (_, silent, limit) => {
  const { watch } = createOutageWatch();
  await times(limit - 1, () => watch("create", silent, "post"));
  expect(await watch("create", answers, "post")).toBe("yes");
  await times(limit, () => watch("create", silent, "post"));
  await expect(watch("create", answers, "post")).rejects.toThrow(
    "create has left too many requests in a row without an answer",
  );
  expect(await watch("list", answers, "get")).toBe("yes");
  expect(await watch("wake", answers, "post")).toBe("yes");
});

test("a target that hangs on one method costs three time-outs, and is asked by the others", async () => {
  const { watch } = createOutageWatch();
  await times(2, () => watch("create", tooLong, "post"));
  await times(1, () => watch("wake", tooLong, "post"));
  await expect(watch("hibernate", tooLong, "post")).rejects.toThrow(
    "create and wake have left requests unanswered, so no post is sent",
  );
  expect(await watch("get", answers, "get")).toBe("yes");
});

test("a target with three such operations is not asked at all", async () => {
  const { watch } = createOutageWatch();
  for (const operation of ["a", "b", "c"]) await times(2, () => watch(operation, tooLong, operation));
  await expect(watch("d", answers, "d")).rejects.toThrow("the target has stopped answering");
});

test("an answer is an answer, whatever it says", async () => {
  const { watch } = createOutageWatch();
  await times(9, () => watch("create", busy));
  expect(await watch("create", answers)).toBe("yes");
});
