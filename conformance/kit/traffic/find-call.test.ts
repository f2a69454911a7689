import { expect, test } from "vitest";
import { miniContract } from "../mini-contract.fixture.ts";
import { createCallFinder } from "./find-call.ts";
import type { Reach } from "./find-call.ts";

const contract = miniContract();
const find = (
  url: string,
  {
    method = "GET",
    reach = {},
    headers = {},
  }: { method?: string; reach?: Reach; headers?: Record<string, string> } = {},
) => createCallFinder(contract, reach).find({ method, url, headers });

test.each([
  ["http://h.test/boxes", "POST", "create", {}],
  ["http://h.test/boxes?limit=2", "GET", "list", {}],
  ["http://h.test/boxes/a%20b", "GET", "get", { id: "a b" }],
  ["http://h.test/boxes/%", "DELETE", "kill", { id: "%" }],
  ["http://box-1-p3000.preview.test/any/path", "PUT", "preview", { id: "box-1", port: "3000" }],
])("%s by %s is %s", (url, method, operation, path) => {
  expect(find(url, { method })).toMatchObject({ kind: "call", operation, path });
});

test("a preview is known by the Host header, too, where the URL leads to the server's own address", () => {
  const headers = { host: "box-1-p80.localhost:4020" };
  expect(find("http://127.0.0.1:4020/", { headers })).toMatchObject({
    operation: "preview",
    path: { id: "box-1", port: "80" },
  });
});

test.each([
  ["http://h.test/boxes/", { kind: "elsewhere", host: "h.test" }],
  ["http://h.test/", { kind: "elsewhere", host: "h.test" }],
  ["http://BOX_1-p3000.preview.test/", { kind: "elsewhere", host: "box_1-p3000.preview.test" }],
])("%s is no operation's", (url, found) => {
  expect(find(url)).toEqual(found);
});

test("what an API has beside its operations is told once the host is known for it", () => {
  const finder = createCallFinder(contract, {});
  const ask = (method: string, url: string) => finder.find({ method, url, headers: {} });
  expect(ask("GET", "http://h.test/keys?key=secret").kind).toBe("elsewhere");
  expect(ask("OPTIONS", "http://h.test/boxes")).toMatchObject({ kind: "unknown", what: "OPTIONS /boxes" });
  expect(ask("GET", "http://h.test/keys?key=secret")).toMatchObject({ kind: "unknown", what: "GET /keys" });
  expect(finder.origins()).toEqual(["http://h.test"]);
});

test("a base URL or a host that is named leaves the others out", () => {
  const below = { baseUrls: ["https://gate.test/cloud/"] };
  expect(find("https://gate.test/cloud/boxes/b1", { reach: below })).toMatchObject({
    operation: "get",
    path: { id: "b1" },
  });
  expect(find("https://gate.test/boxes/b1", { reach: below }).kind).toBe("elsewhere");
  expect(find("https://app.test/boxes", { reach: below }).kind).toBe("elsewhere");
  expect(find("http://h.test:81/boxes", { reach: { hosts: ["h.test:81"] } })).toMatchObject({ operation: "list" });
  expect(find("http://h.test/boxes", { reach: { hosts: ["h.test:81"] } }).kind).toBe("elsewhere");
});
