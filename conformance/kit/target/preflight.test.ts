import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { miniContract, miniServer } from "../mini-contract.fixture.ts";
import { awaitTarget, preflight } from "./preflight.ts";
import type { FetchLike } from "./target.ts";

const clock = createManualClock(0);

function check(fetch: FetchLike, baseUrl = "http://mini.test") {
  return preflight({ clock, contract: miniContract(), target: { baseUrl, key: "mini-key-123", fetch } });
}

test("a server that answers and takes the key is fit to be judged, with one harmless request", async () => {
  const server = miniServer();
  await preflight({ clock, contract: miniContract(), target: server.target });
  expect(server.seen).toEqual(["GET /boxes"]);
});

test("a server that does not answer is named in one line with the cause and what to do", async () => {
  const dead = () => Promise.reject(new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }));
  await expect(check(dead)).rejects.toMatchObject({
    code: "TARGET_UNREACHABLE",
    message: "http://mini.test does not answer (connect ECONNREFUSED): start the server, or mend the URL",
  });
});

test.each([401, 403])("a key that is refused with %i is said so, without the key", async (status) => {
  await expect(check(() => new Response("", { status }))).rejects.toMatchObject({
    code: "TARGET_REFUSED",
    message: `http://mini.test refuses the key with ${status}: give one that it knows`,
  });
});

test.each(["localhost:4020", "ftp://h", "http://user:password@h", ""])("the URL %j is refused unread", async (url) => {
  const failure: unknown = await check(() => Response.json([]), url).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "CONFIG_INVALID" });
  expect(String(failure)).not.toContain("user:password");
});

test("a server that takes too long does not answer", async () => {
  const hanging: FetchLike = (request) =>
    new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason as Error)));
  const target = { baseUrl: "http://mini.test", key: "mini-key-123", fetch: hanging };
  await expect(preflight({ clock, contract: miniContract(), target, requestTimeoutMs: 20 })).rejects.toMatchObject({
    code: "TARGET_UNREACHABLE",
    message: "http://mini.test does not answer (it took too long): start the server, or mend the URL",
  });
});

test("a target that is not up yet is waited for, and not longer than told", async () => {
  const clock = createManualClock(0);
  const sleep = (ms: number) => (clock.advance(ms), Promise.resolve());
  let asked = 0;
  const { target } = miniServer(() => {
    asked += 1;
    if (asked === 1) throw new TypeError("fetch failed");
    return asked === 2 ? new Response("", { status: 502 }) : undefined;
  });
  const options = { clock, contract: miniContract(), target, sleep };
  await awaitTarget({ ...options, waitMsMax: 10_000 });
  expect([asked, clock.now()]).toEqual([3, 1_000]);
  const gone = miniServer(() => {
    throw new TypeError("fetch failed");
  });
  await expect(awaitTarget({ ...options, target: gone.target, waitMsMax: 2_000 })).rejects.toThrow("does not answer");
  expect(clock.now()).toBe(3_000);
});
