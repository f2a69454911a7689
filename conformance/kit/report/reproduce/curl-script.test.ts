import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { formatCurlScript } from "./curl-script.ts";
import { exchangeFixture, lawReportFixture } from "../model/report.fixture.ts";

const law = lawReportFixture();

/** Runs a script with a curl that says what it was given and answers with `answer`. */
function run(script: string, answer: string): string {
  const shell = `curl() { printf '%s\\n' "$*" >&2; printf '%s' '${answer}'; }\n${script}`;
  return execFileSync("sh", ["-c", `{ ${shell}\n} 2>&1 >/dev/null`], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], SANDGLASS_KEY: "the-key" },
  });
}

test("one request is a script of five lines that asks for the key", () => {
  const script = formatCurlScript({ law, reason: "it was\nanswered 200", exchanges: law.exchanges });
  expect(script.split("\n")).toEqual([
    "#!/bin/sh",
    "# recoup/create/empty-text: a server MUST refuse an empty command",
    "# Seen: it was answered 200",
    ': "${SANDGLASS_KEY:?}"',
    `curl -i -X POST "http://h.test/api/sandboxes" -H "x-api-key: $SANDGLASS_KEY" --data-raw '{"command":""}'`,
  ]);
});

test("an id and a token of an answer are handed on to the next request", () => {
  const create = exchangeFixture({
    response: { status: 200, headers: {}, body: '{"sandboxID":"sb-1","previewAuthToken":"$SANDGLASS_TOKEN"}' },
  });
  const read = exchangeFixture({
    request: {
      method: "GET",
      url: "http://h.test/api/sandboxes/sb-1",
      headers: { token: "$SANDGLASS_TOKEN" },
      body: null,
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
  const script = formatCurlScript({ law, reason: "$(echo pwned >&2)\n echo pwned >&2", exchanges: law.exchanges });
  expect(run(script, "")).not.toMatch(/^pwned/m);
});
