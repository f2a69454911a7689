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
    return asked <= 3 ? new Response("", { status: 502 }) : undefined;
  });
  const options = { clock, contract: miniContract(), target, sleep };
  await awaitTarget({ ...options, waitMsMax: 10_000 });
  expect([asked, clock.now()]).toEqual([4, 1_000]); // a gateway answered both questions of the second time
  const gone = miniServer(() => {
    throw new TypeError("fetch failed");
  });
  await expect(awaitTarget({ ...options, target: gone.target, waitMsMax: 2_000 })).rejects.toThrow("does not answer");
  expect(clock.now()).toBe(3_000);
});

const answering = (fetch: FetchLike, baseUrl = "http://mini.test") => {
  const target = { baseUrl, key: "mini-key-123", fetch };
  return awaitTarget({ clock, contract: miniContract(), target, waitMsMax: 0 });
};

test.each([
  [
    "",
    404,
    " does not have the mini API (GET /boxes answered 404, GET /boxes/none-0000000000000000 answered 404): give the URL that is followed by /boxes",
  ],
  [
    "/api",
    404,
    "/api does not have the mini API (GET /api/boxes answered 404, GET /api/boxes/none-0000000000000000 answered 404): give --url http://mini.test",
  ],
  [
    "",
    503,
    " (GET /boxes answered 503, GET /boxes/none-0000000000000000 answered 503): start the server, or wait for it with --wait-for",
  ],
])(
  "a URL with the path %j, where all answers are %i, is no target, and what to do is said",
  async (path, status, text) => {
    const sent = answering(() => new Response("", { status }), `http://mini.test${path}`);
    const message = expect.stringContaining(`http://mini.test${text}`) as string;
    await expect(sent).rejects.toMatchObject({ code: "TARGET_UNREACHABLE", message });
  },
);

test.each([404, 503])("a target that answers %i to its list alone is judged", async (status) => {
  await expect(
    answering(({ method, url }) => {
      expect(method).toBe("GET"); // each create that is sent counts, and this one would stand in no ledger
      return new Response("", { status: url.endsWith("/boxes") ? status : 401 });
    }),
  ).resolves.toHaveProperty("response");
});

test.each([
  ["/v1", "https://mini.test/v1/boxes?key=1", "https://mini.test/v1/boxes", "give --url https://mini.test/v1"],
  ["", "/login", "http://mini.test/login", "give the URL of the API itself"],
])("a URL with the path %j, which redirects to %s, is no target", async (path, location, to, advice) => {
  const baseUrl = `http://mini.test${path}`;
  const sent = answering(() => new Response("", { status: 307, headers: { location } }), baseUrl);
  const message = `${baseUrl} redirects with 307 to ${to}, and redirects are not followed: ${advice}`;
  await expect(sent).rejects.toMatchObject({ code: "CONFIG_INVALID", message });
});

test("a URL that ends in /api is told from the right one also where the key is judged before the path", async () => {
  const { target } = miniServer();
  const server: FetchLike = (request) => {
    if (!request.headers.has("x-key")) return new Response("", { status: 401 });
    return new URL(request.url).pathname === "/boxes" ? target.fetch!(request) : new Response("", { status: 404 });
  };
  await expect(answering(server, "http://mini.test/api")).rejects.toThrow("give --url http://mini.test");
  await expect(answering(server)).resolves.toHaveProperty("response");
});
