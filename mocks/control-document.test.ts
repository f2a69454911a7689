import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { components as validators } from "../generated/control/validators.js";
import { operations as openComputerOperations } from "../generated/opencomputer/operations.ts";
import { operations as recoupOperations } from "../generated/recoup/operations.ts";
import { contractNames, faults } from "./index.ts";

type Schema = { readonly enum?: readonly string[] };
const document = JSON.parse(readFileSync(new URL("../generated/control/openapi.json", import.meta.url), "utf8")) as {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};
const listed = (name: string) => [...(document.components.schemas[name]?.enum ?? [])].sort();

test("the document lists the contracts, faults and operations that there are", () => {
  expect(listed("Contract")).toEqual([...contractNames].sort());
  expect(listed("FaultId")).toEqual([...new Set(faults.map(({ id }) => id))].sort());
  expect(listed("FaultAlias")).toEqual([...new Set(faults.flatMap(({ alias = [] }) => alias))].sort());
  const operations = [...Object.keys(recoupOperations), ...Object.keys(openComputerOperations), "preview"];
  expect(listed("Operation")).toEqual([...new Set(operations)].sort());
});

const isSetting = validators.FaultSetting;

test.each(faults)(
  "the document gives $id of $contract its own sizes and no others",
  ({ id, alias = id, options = {} }) => {
    for (const [name, { default: usual, oneOf }] of Object.entries(options)) {
      expect(isSetting({ id, options: { [name]: usual } })).toBe(true);
      expect(isSetting({ id, options: { [name]: -1 } })).toBe(false);
      if (oneOf !== undefined)
        expect(isSetting({ id, options: { [name]: usual + 1 } })).toBe(oneOf.includes(usual + 1));
    }
    expect(isSetting({ id })).toBe(true);
    expect(isSetting({ id: alias, options: {} })).toBe(true);
    const known = Object.keys(options);
    const others = faults.flatMap((fault) => Object.keys(fault.options ?? {})).filter((name) => !known.includes(name));
    for (const name of others) expect(isSetting({ id, options: { [name]: 500 } })).toBe(false);
  },
);
