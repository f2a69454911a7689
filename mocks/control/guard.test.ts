import { expect, test } from "vitest";
import type { MockRequest } from "../kit/exchange.ts";
import { refuseControl } from "./guard.ts";

const from = (remoteAddress: string, headers: Record<string, string> = {}): MockRequest => ({
  method: "GET",
  url: "/__sandglass/worlds",
  params: {},
  rawHeaders: [],
  header: (name) => headers[name],
  query: () => undefined,
  queries: () => ({}),
  remoteAddress,
  body: "",
  bodyTooLarge: false,
});
const token = "a-control-token-of-the-test";

test.each(["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"])("%s is this machine", (address) => {
  expect(refuseControl(from(address), undefined)).toBeUndefined();
});

test.each(["10.0.0.7", "::ffff:10.0.0.7", "1270.0.0.1", "2001:db8::1"])("%s is not this machine", (address) => {
  expect(refuseControl(from(address), undefined)).toContain("--control-token");
  expect(refuseControl(from(address), token)).toContain("x-sandglass-control-token");
  expect(refuseControl(from(address, { "x-sandglass-control-token": token }), token)).toBeUndefined();
});

test("a control token opens nothing where none is set", () => {
  expect(refuseControl(from("10.0.0.7", { "x-sandglass-control-token": "" }), undefined)).toContain(
    "this machine alone",
  );
});
