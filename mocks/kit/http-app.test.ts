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
