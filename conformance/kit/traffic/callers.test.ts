import { expect, test } from "vitest";
import { miniContract } from "../mini-contract.fixture.ts";
import { createCallers } from "./callers.ts";

const contract = miniContract();

test("callers are told apart by their credential, in whichever header it is", () => {
  const callers = createCallers(contract);
  const names = [
    { "x-key": "one" },
    { authorization: "Bearer two" },
    { "x-key": "two" },
    { "x-key": "one", authorization: "Bearer one" },
    { "x-key": "one", authorization: "Bearer two" },
    {},
  ].map((headers: Record<string, string>) => callers.of(headers));
  expect(names).toEqual(["key 1", "key 2", "key 2", "key 1", "key 3", "anonymous"]);
  expect(callers.count()).toBe(3);
});

test("of a request without a credential nothing is known until one has shown another", () => {
  const callers = createCallers(contract);
  expect(callers.of({})).toBe("unknown");
  expect(callers.of({ "x-key": "[REDACTED]" })).toBe("unknown");
  expect(callers.of({ "x-key": "xxxxxxxx" })).toBe("unknown");
  callers.of({ "x-key": "one" });
  expect(callers.of({})).toBe("anonymous");
});

test("keys that a run has masked stay apart by the names of their masks", () => {
  const callers = createCallers(contract);
  expect(callers.of({ "x-key": "$SANDGLASS_KEY" })).toBe("SANDGLASS_KEY");
  expect(callers.of({ authorization: "Bearer $SANDGLASS_OTHER_KEY" })).toBe("SANDGLASS_OTHER_KEY");
});
