import { expect, test } from "vitest";
import { selectLaws } from "./law-glob.ts";
import { lawFixture } from "./mini-contract.fixture.ts";

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
