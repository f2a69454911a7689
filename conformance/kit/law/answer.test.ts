import { expect, test } from "vitest";
import { judgeAnswer } from "./answer.ts";
import { parseJson } from "./exchange.ts";
import { miniContract } from "../mini-contract.fixture.ts";

type Answer = { readonly operation: string; readonly status: number; readonly type?: string; readonly body?: string };

function judge({ operation, status, type = "application/json; charset=utf-8", body = "" }: Answer): string | undefined {
  return judgeAnswer(miniContract(), {
    operation,
    request: { method: "GET", url: "http://mini.test/boxes", headers: {} },
    response: { status, headers: { "content-type": type }, body, json: parseJson(body) },
    startedAtMs: 0,
    durationMs: 0,
  });
}

test("an answer as documented is right", () => {
  expect(judge({ operation: "create", status: 201, body: '{"id":"b1","more":1}' })).toBeUndefined();
  expect(judge({ operation: "kill", status: 204 })).toBeUndefined();
});

test("a status may be documented as a range", () => {
  expect(judge({ operation: "create", status: 422, body: '{"error":"no"}' })).toBeUndefined();
});

test.each<[string, Answer, RegExp]>([
  ["an undocumented status", { operation: "create", status: 200 }, /status 200 is not documented for create/],
  [
    "another content type",
    { operation: "get", status: 200, type: "text/html", body: '{"id":"b1"}' },
    /the content type of status 200 is "text\/html"/,
  ],
  ["a body that is not JSON", { operation: "get", status: 200, body: "<html>" }, /is not JSON: "<html>"/],
  [
    "a body without a required member",
    { operation: "get", status: 200, body: "{}" },
    /must have required property 'id'/,
  ],
  ["a member of another type", { operation: "get", status: 200, body: '{"id":1}' }, /\/id must be string/],
])("%s is wrong", (_, answer, reason) => {
  expect(judge(answer)).toMatch(reason);
});
