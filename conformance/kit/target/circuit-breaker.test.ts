import { expect, test } from "vitest";
import { createCircuitBreaker } from "./circuit-breaker.ts";
import { TransientFailure } from "../law/unjudged.ts";

const cutOff = () => Promise.reject(new TransientFailure("no answer", { cause: new Error("socket hang up") }));
const tooLong = () =>
  Promise.reject(new TransientFailure("no answer", { cause: new DOMException("it took too long", "TimeoutError") }));
const busy = () => Promise.reject(new TransientFailure("answered 502"));
const answers = () => Promise.resolve("yes");

async function times(count: number, send: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < count; time += 1) await expect(send()).rejects.toThrow(/^(no answer|answered 502)$/);
}

test.each([
  ["waits out the time-out twice", tooLong, 2],
  ["is cut off four times", cutOff, 4],
])("an operation that %s in a row is not asked again, others are", async (_, silent, limit) => {
  const { guard } = createCircuitBreaker();
  await times(limit - 1, () => guard("create", silent, { kind: "post" }));
  expect(await guard("create", answers, { kind: "post" })).toBe("yes");
  await times(limit, () => guard("create", silent, { kind: "post" }));
  await expect(guard("create", answers, { kind: "post" })).rejects.toThrow(
    "create has left too many requests in a row without an answer",
  );
  expect(await guard("list", answers, { kind: "get" })).toBe("yes");
  expect(await guard("wake", answers, { kind: "post" })).toBe("yes");
});

test("a target that hangs on one method costs three time-outs, and is asked by the others", async () => {
  const { guard } = createCircuitBreaker();
  await times(2, () => guard("create", tooLong, { kind: "post" }));
  await times(1, () => guard("wake", tooLong, { kind: "post" }));
  await expect(guard("hibernate", tooLong, { kind: "post" })).rejects.toThrow(
    "create and wake have left requests unanswered, so no post is sent",
  );
  expect(await guard("get", answers, { kind: "get" })).toBe("yes");
});

test("a target with three such operations is not asked at all", async () => {
  const { guard } = createCircuitBreaker();
  for (const operation of ["a", "b", "c"]) await times(2, () => guard(operation, tooLong, { kind: operation }));
  await expect(guard("d", answers)).rejects.toThrow("the target has stopped answering");
});

test("an answer is an answer, whatever it says", async () => {
  const { guard } = createCircuitBreaker();
  await times(9, () => guard("create", busy));
  expect(await guard("create", answers)).toBe("yes");
});

test("eight answers of a gateway in a row end the run's requests, and one of the target among them does not", async () => {
  const { guard } = createCircuitBreaker();
  const ask = (answer: number) =>
    guard(`operation ${answer}`, () => Promise.resolve(answer), { isOfGateway: (status) => status === 503 });
  for (const answer of [503, 503, 503, 503, 503, 503, 503, 400, 503, 503, 503, 503, 503, 503, 503, 503])
    await ask(answer);
  await expect(ask(200)).rejects.toMatchObject({
    skipCause: "unreachable",
    message: "the target has stopped answering",
  });
});
