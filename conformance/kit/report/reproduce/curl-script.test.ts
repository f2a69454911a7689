import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { RecordingEntry, Steps } from "../../law/recording.ts";
import { formatCurlScript } from "./curl-script.ts";
import { lawReportFixture } from "../content/report.fixture.ts";
import type { Exchange } from "../../law/exchange.ts";

const law = lawReportFixture();

/** An exchange of which a test says what matters. */
function exchangeFixture({
  request,
  answer = "",
}: {
  request?: Partial<Exchange["request"]>;
  answer?: string;
}): Exchange {
  const headers = { "x-api-key": "$SANDGLASS_KEY" };
  return {
    operation: "createSandbox",
    request: { method: "POST", url: "http://h.test/api/sandboxes", headers, ...request },
    response: { status: 200, headers: {}, body: answer, json: undefined },
    startedAtMs: 1_000,
    durationMs: 5,
  };
}

const exchanges = [exchangeFixture({ request: { body: '{"command":""}' } })];

/** Runs a script with a curl that says what it was given and answers with `answer`. */
function run(script: string, answer: string): string {
  const shell = `curl() { printf '%s\\n' "$*" >&2; printf '%s' '${answer}'; }\n${script}`;
  return execFileSync("sh", ["-c", `{ ${shell}\n} 2>&1 >/dev/null`], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], SANDGLASS_KEY: "the-key" },
  });
}

test("one request is a script of five lines that asks for the key", () => {
  const script = formatCurlScript({ law, reason: "it was\nanswered 200", exchanges });
  expect(script.split("\n")).toEqual([
    "#!/bin/sh",
    "# recoup/create/empty-text: a server MUST refuse an empty command",
    "# Seen: it was answered 200",
    ': "${SANDGLASS_KEY:?}"',
    `curl -i -X POST "http://h.test/api/sandboxes" -H "x-api-key: $SANDGLASS_KEY" -H "content-type:" --data-raw '{"command":""}'`,
  ]);
});

test("an id and a token of an answer are handed on to the next request", () => {
  const create = exchangeFixture({
    answer: '{"sandboxID":"sb-1","previewAuthToken":"$SANDGLASS_TOKEN"}',
  });
  const read = exchangeFixture({
    request: {
      method: "GET",
      url: "http://h.test/api/sandboxes/sb-1",
      headers: { token: "$SANDGLASS_TOKEN" },
    },
  });
  const script = formatCurlScript({ law, reason: "", exchanges: [create, read] });
  expect(script).not.toContain("sb-1");
  expect(script).not.toContain("SANDGLASS_TOKEN:?");
  const sent = run(script, '{"sandboxID":"sb-fresh","previewAuthToken":"fresh-token"}').trim().split("\n");
  expect(sent[0]).toContain("x-api-key: the-key");
  expect(sent[1]).toBe("-i -X GET http://h.test/api/sandboxes/sb-fresh -H token: fresh-token");
});

test("nothing that a target says is run", () => {
  const script = formatCurlScript({ law, reason: "$(echo pwned >&2)\n echo pwned >&2", exchanges });
  expect(run(script, "")).not.toMatch(/^pwned/m);
});

/** Steps of a run, of which a test says what matters. */
function stepsFixture(
  entries: readonly (
    Partial<Extract<RecordingEntry, { kind: "exchange" | "socket" }>> | { kind: "clock"; movedMs: number }
  )[],
  endings: readonly string[] = [],
): Steps {
  const request = { method: "GET", url: "http://127.0.0.1:4020/api/sandboxes", headers: {} };
  const sent = { purpose: law.id, by: "own", operation: "listSandboxes", path: {}, request, aheadMs: 0 } as const;
  const at = (index: number) => ({ number: index + 1, sentAtMs: index * 10, answeredAtMs: index * 10 + 5 });
  const whole = entries.map(
    (entry, index) => ({ ...sent, kind: "lost", reason: "", ...at(index), ...entry }) as RecordingEntry,
  );
  const ending = (url: string) =>
    ({ ...sent, ...at(99), kind: "lost", reason: "", request: { ...request, method: "DELETE", url } }) as const;
  return { entries: whole, endings: endings.map(ending) };
}

const scriptOf = (steps: Steps) => formatCurlScript({ law, reason: "", exchanges: [], steps }).split("\n").slice(3);

test("time that passed on the target passes again, and what was sent at once is sent at once", () => {
  const lines = scriptOf(
    stepsFixture([{}, { kind: "clock", movedMs: 60_000 }, { answeredAtMs: 35 }, { sentAtMs: 30 }, { sentAtMs: 5_000 }]),
  );
  expect(lines).toEqual([
    "set -u",
    expect.stringMatching(/^curl -i -X GET/),
    expect.stringMatching(
      /^curl .*-X PATCH "http:\/\/127.0.0.1:4020\/__sandglass\/.*"advanceMs":60000.* \|\| sleep 60$/,
    ),
    expect.stringMatching(/^curl -i -X GET .* &$/),
    expect.stringMatching(/^curl -i -X GET .*[^&]$/),
    "wait",
    expect.stringMatching(/\|\| sleep 5$/),
    expect.stringMatching(/^curl -i -X GET/),
  ]);
});

test("a preview is reached where the run has reached it, by a WebSocket, too", () => {
  const request = { method: "GET", url: "http://sb-1-p3000.cloud.test/a/../b", headers: { "x-token": "" } };
  const [, line, socket] = scriptOf(
    stepsFixture([
      { request, via: "http://127.0.0.1:4020" },
      { kind: "socket", status: 101, request, via: "https://gate.test" },
    ]),
  );
  expect(line).toBe(
    'curl -i -X GET --path-as-is --connect-to "::127.0.0.1:4020" "http://sb-1-p3000.cloud.test/a/../b" -H "x-token;"',
  );
  expect(socket).toMatch(/--connect-to "::gate.test:443".*-H "upgrade: websocket".* --max-time 2/);
});

test("near misses are made of the key, tokens of the run's own are made up, and what was made is ended", () => {
  const request = {
    method: "POST",
    url: "http://127.0.0.1:4020/api/sandboxes",
    headers: { "content-type": "application/json", "x-api-key": "$SANDGLASS_KEY_SHORTER" },
    body: '{"token":"$SANDGLASS_TOKEN"}',
  };
  const response = { status: 201, headers: {}, body: '{"sandboxID":"sb-1"}', json: undefined };
  const exchange = { operation: "createSandbox", request, response, startedAtMs: 0, durationMs: 1 };
  const steps = stepsFixture([{ kind: "exchange", request, exchange }], [`${request.url}/sb-1`]);
  const script = formatCurlScript({
    ...{ law, reason: "", exchanges: [] },
    steps: { ...steps, secretLengths: new Map([["SANDGLASS_TOKEN", 15]]) },
  });
  const sent = run(script, '{"sandboxID":"sb-fresh"}').trim().split("\n");
  expect(sent[0]).toMatch(/x-api-key: the-ke --data-raw \{"token":"[\w-]{15}"\}$/);
  expect(sent[1]).toBe("-s -o /dev/null -X DELETE http://127.0.0.1:4020/api/sandboxes/sb-fresh");
});
