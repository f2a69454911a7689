import { expect, test } from "vitest";
import { contracts } from "../../conformance/index.ts";
import * as mocks from "../../mocks/index.ts";
import { contractList, contractListOrAll, contractNames } from "./contract-names.ts";

test("the command knows the contracts that there are laws and mocks of, and no other", () => {
  expect(contractNames).toEqual(Object.keys(contracts));
  expect(contractNames).toEqual(mocks.contractNames);
});

test("they are told in a list", () => {
  expect(contractList).toBe("recoup or opencomputer");
  expect(contractListOrAll).toBe("recoup, opencomputer or all");
});
