import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { contractNames } from "../../contracts.ts";
import { createMock } from "../../mock.ts";
import { withHarness } from "../../harness.fixture.ts";

const keys = { recoup: "sandglass-ada", opencomputer: "sandglass-acme" } as const;
const sandboxes = "/api/sandboxes";

describe.for(contractNames)("the usual faults of the %s mock", (contract) => {
  test("latency passes the time that it says, spread by the world's seed", async () => {
    const delays = async (seed: string, options?: Readonly<Record<string, number>>) => {
      const slept: number[] = [];
      const sleep = (ms: number) => Promise.resolve(void slept.push(ms));
      const faults = [{ id: "latency", ...(options === undefined ? {} : { options }) }];
      const mock = createMock({ faults, sleep, seed });
      const request = () => new Request(`http://mock${sandboxes}`, { headers: { "x-api-key": keys[contract] } });
      for (let at = 0; at < 20; at += 1) expect((await mock.fetch(contract, request())).status).toBe(200);
      return slept;
    };
    expect(await delays("one")).toEqual(Array(20).fill(500));
    expect(await delays("one", { ms: 30 })).toEqual(Array(20).fill(30));
    const spread = await delays("one", { ms: 30, spreadMs: 10 });
    expect(spread.every((ms) => ms >= 30 && ms <= 40)).toBe(true);
    expect(new Set(spread).size).toBeGreaterThan(3);
    expect(await delays("one", { ms: 30, spreadMs: 10 })).toEqual(spread);
    expect(await delays("two", { ms: 30, spreadMs: 10 })).not.toEqual(spread);
  });

  test("rate-limit refuses with Retry-After, after the credentials, and creates nothing", () =>
    withHarness({ contract, faults: [{ id: "rate-limit", options: { retryAfterS: 7 } }] }, async ({ call, world }) => {
      const limited = await call(sandboxes, { body: {} });
      expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
      expect(limited.json["error"]).toBe("rate limit exceeded");
      expect((await call(sandboxes, { key: "wrong", body: {} })).status).toBe(401);
      expect([...world.snapshot().tables.values()].map((table) => table.size())).toEqual([]);
    }));

  test.for([500, 502, 503])("server-error fails with %i and creates nothing", (status) =>
    withHarness({ contract, faults: [{ id: "server-error", options: { status } }] }, async ({ call, world }) => {
      const failed = await call(sandboxes, { body: {} });
      expect(failed.status).toBe(status);
      expect(failed.json["error"]).toEqual(expect.any(String));
      expect(failed.headers.get("x-sandglass-reason")).toContain("fault server-error");
      expect([...world.snapshot().tables.values()].map((table) => table.size())).toEqual([]);
    }),
  );

  test("connection-reset does what it is asked and gives no answer", () =>
    withHarness({ contract, faults: [{ id: "connection-reset", times: 1 }] }, async ({ call }) => {
      await expect(call(sandboxes, { body: {} })).rejects.toThrow("fetch failed");
      const { json } = await call(sandboxes);
      expect(contract === "recoup" ? json["sandboxes"] : json).toHaveLength(1);
    }));

  test("slow-body sends piece after piece, with the whole length promised", () =>
    withHarness({ contract, faults: [{ id: "slow-body", options: { bytesPerSecond: 200 } }] }, async ({ url }) => {
      const response = await fetch(url + sandboxes, { method: "POST", headers: { "x-api-key": keys[contract] } });
      const pieces: number[] = [];
      for await (const piece of response.body! as ReadableStream<Uint8Array>) pieces.push(piece.length);
      const bytes = pieces.reduce((sum, length) => sum + length, 0);
      expect(bytes).toBe(Number(response.headers.get("content-length")));
      expect(pieces.length).toBeGreaterThan(3);
    }));

  test("cut-body breaks off, with the whole length promised", () =>
    withHarness({ contract, faults: [{ id: "cut-body", options: { bytes: 5 } }] }, async ({ url, call }) => {
      const raw = await readRaw(
        url,
        `GET ${sandboxes} HTTP/1.1\r\nHost: mock\r\nx-api-key: ${keys[contract]}x\r\n\r\n`,
      );
      const [head = "", body = ""] = raw.split("\r\n\r\n");
      expect(head).toMatch(/^HTTP\/1\.1 401 /);
      expect(Number(/content-length: (\d+)/i.exec(head)?.[1])).toBeGreaterThan(5);
      expect(body).toHaveLength(5);
      await expect(call(sandboxes, { body: {} })).rejects.toThrow("terminated");
    }));

  test("in process, a body can be slow or cut and a connection reset as well", async () => {
    const ask = (id: string) => {
      const mock = createMock({
        faults: [{ id, options: id === "cut-body" ? { bytes: 5 } : {} }],
        sleep: async () => {},
      });
      return mock.fetch(contract, new Request(`http://mock${sandboxes}`));
    };
    await expect(ask("connection-reset")).rejects.toThrow(TypeError);
    await expect((await ask("cut-body")).text()).rejects.toThrow("terminated");
    expect(await (await ask("slow-body")).json()).toHaveProperty("error");
  });

  test("latency and a slow body go together", () =>
    withHarness(
      { contract, faults: [{ id: "latency" }, { id: "slow-body" }], sleep: () => Promise.resolve() },
      async ({ call }) => {
        expect((await call(sandboxes, { body: {} })).json).not.toEqual({});
      },
    ));
});

test("an answer without a body cannot be cut or slowed down", () =>
  withHarness(
    { contract: "opencomputer", faults: [{ id: "cut-body" }, { id: "slow-body" }] },
    async ({ call, world }) => {
      world.setFaults([]);
      const id = (await call(sandboxes, { body: {} })).json["sandboxID"] as string;
      world.setFaults([{ id: "cut-body" }, { id: "slow-body" }]);
      const killed = await call(`${sandboxes}/${id}`, { method: "DELETE" });
      expect([killed.status, killed.headers.get("content-length"), killed.text]).toEqual([204, null, ""]);
    },
  ));

/** What a server sends until the connection ends, whichever way. */
function readRaw(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    let received = "";
    socket.on("data", (bytes) => (received += bytes.toString("latin1")));
    socket.on("error", () => {}); // a reset is an end as well
    socket.on("close", () => resolve(received));
  });
}
