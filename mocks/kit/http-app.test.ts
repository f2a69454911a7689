import { expect, test } from "vitest";
import { createMock } from "../index.ts";

const allowOf = async (path: string) => {
  const request = new Request(`http://mock${path}`, { method: "OPTIONS", headers: { "x-api-key": "sandglass-acme" } });
  const { status, headers } = await createMock().fetch("opencomputer", request);
  return { status, allow: headers.get("allow") };
};

test.each([
  ["/api/sandboxes", "POST, GET"],
  ["/api/sandboxes/sb-00000000/preview", "POST, GET"],
  ["/api/sandboxes/sb-00000000/preview/3000", "DELETE"],
  ["/api/sandboxes/sb-00000000/preview/rotate", "POST"],
])("a method that %s does not have is answered with those that it has", async (path, allow) => {
  expect(await allowOf(path)).toEqual({ status: 405, allow });
});

test("Recoup's 405 names the methods too", async () => {
  const request = new Request("http://mock/api/tasks/runs", { method: "PUT" });
  const { status, headers } = await createMock().fetch("recoup", request);
  expect({ status, allow: headers.get("allow") }).toEqual({ status: 405, allow: "GET" });
});

const url = "http://mock/api/sandboxes";
const own = { "x-api-key": "sandglass-acme" };

test("a caller in this process may leave before the answer, as it may with fetch", async () => {
  const mock = createMock({ faults: [{ id: "latency", options: { ms: 60_000 } }] });
  const leaving = mock.fetch("opencomputer", new Request(url, { headers: own, signal: AbortSignal.timeout(20) }));
  await expect(leaving).rejects.toMatchObject({ name: "TimeoutError" });
  const left = new Request(url, { headers: own, method: "POST", body: "{}", signal: AbortSignal.abort() });
  await expect(createMock().fetch("opencomputer", left)).rejects.toMatchObject({ name: "AbortError" });
});

function streaming(body: ReadableStream): Request {
  return new Request(url, { headers: own, method: "POST", body, duplex: "half" });
}

test("a body of this process that has no end is read up to the limit", async () => {
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)) });
  expect((await createMock().fetch("opencomputer", streaming(endless))).status).toBe(413);
});

test("a body of this process that fails is the caller's failure", async () => {
  const broken = new ReadableStream({ start: (controller) => controller.error(new Error("the disk is gone")) });
  await expect(createMock().fetch("opencomputer", streaming(broken))).rejects.toThrow("the disk is gone");
});
