import { expect, test } from "vitest";
import { exploredCalls } from "../kit/explore/explored-call.ts";
import { opencomputer } from "./contract.ts";

const exploration = opencomputer.model!.exploration!;
const { operations } = exploration;
const calls = exploredCalls(opencomputer, exploration);

test("each operation on a sandbox is asked for, without a key and by another tenant too", () => {
  const onOne = opencomputer.operations.filter(({ id, path }) => operations.includes(id) && path.includes("{id}"));
  expect(onOne).toHaveLength(11);
  for (const { id } of onOne) {
    const names = calls.filter(({ operation }) => operation === id).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([id, `${id}, without a key`, `${id}, by another tenant`]));
  }
});

test("a body is valid where the contract says so, and a required one is not left out", () => {
  const kindOf = (name: string) => calls.find((call) => call.name === name)?.kind;
  expect(kindOf("setSandboxTimeout, timeout: minimum")).toBe("valid");
  expect(kindOf("setSandboxTimeout, timeout: minimum - 1")).toBe("broken");
  expect(kindOf("setSandboxTimeout, no body")).toBe("broken");
  expect(kindOf("replaceSandboxTags, no body")).toBe("valid");
  expect(kindOf("replaceSandboxTags, 51 entries")).toBe("broken");
  expect(kindOf('deletePreview, port "65536"')).toBe("broken");
  expect(kindOf('deletePreview, port "65535"')).toBe("valid");
});

test("no column comes twice", () => {
  const names = calls.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
