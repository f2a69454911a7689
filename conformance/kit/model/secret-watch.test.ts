import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { ObservedExchange } from "./observed-exchange.ts";
import { createSecretWatch } from "./secret-watch.ts";

const token = "correct-horse-battery-staple";
const digest = createHash("sha256").update(token).digest();

function answer(body: string, sent = ""): ObservedExchange {
  const request = { method: "POST", url: "http://x/api", headers: {}, body: sent };
  const response = { status: 200, headers: {}, body, json: undefined };
  return { number: 1, actor: "own", operation: "get", path: {}, request, response, sentAtMs: 0, answeredAtMs: 1 };
}

test.each([
  ["the token", token],
  ["the token in base64", Buffer.from(token).toString("base64")],
  ["the SHA-256 of the token", digest.toString("hex")],
  ["the SHA-256 of the token in base64", digest.toString("base64")],
  ["the SHA-256 of the token in base64url", digest.toString("base64url")],
])("%s is found wherever it stands in an answer, among many that are known", (name, text) => {
  const watch = createSecretWatch();
  watch.learn(token, "sb-1");
  for (let other = 0; other < 200; other += 1) watch.learn(`correct-horse-battery-${other}`, "sb-2");
  for (let before = 0; before < 20; before += 1) {
    expect(watch.find(answer(`${"x".repeat(before)}${text}.`))).toBe(`${name} of sb-1`);
  }
  expect(watch.find(answer(`${text.slice(0, -3)}.`))).toBeUndefined();
});

test("what the request itself said, and what the answer is to tell, is no leak", () => {
  const watch = createSecretWatch();
  watch.learn(token, "sb-1");
  expect(watch.find(answer(token, token))).toBeUndefined();
  expect(watch.find(answer(token), token)).toBeUndefined();
  expect(watch.find(answer(token), "another-horse-battery-staple")).toBe("the token of sb-1");
});

test("the latest 512 secrets are remembered", () => {
  const watch = createSecretWatch();
  const nth = (number: number) => `secret-number-${String(number).padStart(6, "0")}`;
  for (let number = 0; number < 600; number += 1) watch.learn(nth(number), `sb-${number}`);
  expect([watch.knows(nth(87)), watch.find(answer(nth(87)))]).toEqual([false, undefined]);
  expect([watch.knows(nth(88)), watch.find(answer(nth(88)))]).toEqual([true, "the token of sb-88"]);
});

test.each([
  ["one emoji again and again", "🔑".repeat(16)],
  ["one letter", "x".repeat(40)],
  ["a pattern of two", "ab".repeat(10)],
])("filler is no secret: %s", (_, filler) => {
  const watch = createSecretWatch();
  watch.learn(filler, "sb-1");
  expect([watch.knows(filler), watch.find(answer(`{"tag":"${filler}"}`))]).toEqual([false, undefined]);
});

test.each(["before", "after"])("what a caller sent as something else %s it was learnt is no leak", (when) => {
  const watch = createSecretWatch();
  if (when === "before") watch.noteSent(`{"tag":"${token}"}`);
  watch.learn(token, "sb-1");
  if (when === "after") watch.noteSent(`{"tag":"${token}"}`);
  watch.learn(token, "sb-2");
  expect(watch.find(answer(`{"tag":"${token}"}`))).toBeUndefined();
});
