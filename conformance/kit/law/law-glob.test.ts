import { expect, test } from "vitest";
import { chooseLaws, selectLaws } from "./law-glob.ts";
import { lawFixture } from "../mini-contract.fixture.ts";

const laws = ["mini/create/a", "mini/create/b", "mini/get/a"].map((id) => lawFixture({ id }));

function select(glob: string): readonly string[] {
  return selectLaws(laws, glob).map(({ id }) => id);
}

test("a star stands for one part of an id, two for any", () => {
  expect(select("mini/create/*")).toEqual(["mini/create/a", "mini/create/b"]);
  expect(select("*/*/a")).toEqual(["mini/create/a", "mini/get/a"]);
  expect(select("**/a")).toEqual(["mini/create/a", "mini/get/a"]);
  expect(select("mini/get/a")).toEqual(["mini/get/a"]);
});

test.each(["mini/*", "mini.create.a", "other/**"])("a pattern that fits no id is refused: %s", (glob) => {
  expect(() => selectLaws(laws, glob)).toThrow(`no law's id fits "${glob}"`);
});

test("a choice names laws, leaves some out, and keeps to operations", () => {
  const all = [
    lawFixture({ id: "mini/create/one" }),
    lawFixture({ id: "mini/create/two" }),
    lawFixture({ id: "mini/list/one", operations: ["list", "create"] }),
  ];
  const ids = (choice: Parameters<typeof chooseLaws>[1]) => chooseLaws(all, choice).map(({ id }) => id);
  expect(ids({})).toHaveLength(3);
  expect(ids({ exclude: ["mini/create/two", "mini/list/*"] })).toEqual(["mini/create/one"]);
  expect(ids({ operations: ["list"] })).toEqual(["mini/list/one"]);
  expect(ids({ law: "**/one", exclude: ["mini/list/*"], operations: ["create"] })).toEqual(["mini/create/one"]);
  expect(() => ids({ exclude: ["mini/creat/*"] })).toThrow(/no law's id fits "mini\/creat\/\*"/);
  expect(() => ids({ operations: ["lost"] })).toThrow('no law is about an operation "lost": there are create, list');
  expect(() => ids({ exclude: ["**"] })).toThrow("no law is left to judge");
});
