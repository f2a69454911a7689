import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { formatCurl } from "./curl.ts";
import type { Exchange } from "../../law/exchange.ts";

test("a shell reads the command as it was meant, and fills in the key", () => {
  const body = `{"a":"it's $HOME \\" \`x\`"}`;
  const request = {
    method: "POST",
    url: "http://h/p?q=1",
    headers: { "x-api-key": "$SANDGLASS_KEY", b: 'c"`d`$1' },
    body,
  };
  const exchange: Exchange = {
    operation: "create",
    request,
    response: { status: 200, headers: {}, body: "", json: undefined },
    startedAtMs: 0,
    durationMs: 0,
  };
  const script = formatCurl(exchange).replace(/^curl/, "printf '%s\\n'");
  const words = execFileSync("sh", ["-c", script], { encoding: "utf8", env: { SANDGLASS_KEY: "k" } });
  expect(words.trimEnd().split("\n")).toEqual([
    "-i",
    "-X",
    "POST",
    "http://h/p?q=1",
    "-H",
    "x-api-key: k",
    "-H",
    'b: c"`d`$1',
    "-H",
    "content-type:",
    "--data-raw",
    body,
  ]);
});

test("a body that holds a NUL is shown without it, since no argument of a command can hold one", () => {
  const request = { method: "POST", url: "http://h/p", headers: {}, body: "a\0b" };
  expect(formatCurl({ request })).toContain("--data-raw 'ab'");
});
