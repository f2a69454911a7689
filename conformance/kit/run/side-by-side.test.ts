import { expect, test } from "vitest";
import { sideBySide } from "./side-by-side.ts";
import type { Claim, Begun } from "./side-by-side.ts";

type Item = { readonly name: string; readonly claim?: Claim; readonly isAlone?: boolean };

const claim = (places: number, ...uses: readonly string[]): Claim => ({ places, uses });

/** Does all of them, and notes what was under way whenever one was begun, and after which others each was done. */
async function run(items: readonly Item[], { atOnceMax = 4, placesMax = 5, isOver = (): boolean => false } = {}) {
  const underWay = new Set<string>();
  const seen: string[] = [];
  const act = async (name: string) => {
    underWay.add(name);
    seen.push([...underWay].join(" "));
    await new Promise((resolve) => setImmediate(resolve));
    underWay.delete(name);
    return name;
  };
  const begin = async ({ name, claim: own, isAlone = false }: Item): Promise<Begun<string>> => {
    if (own === undefined) return { alone: () => act(name) };
    const result = await act(name);
    return isAlone ? { alone: () => act(`${result} again`) } : { result };
  };
  const hasRoom = (claims: readonly Claim[]) => claims.reduce((sum, { places }) => sum + places, 0) <= placesMax;
  const done: string[] = [];
  const how = { atOnceMax: () => atOnceMax, claimOf: (item: Item) => item.claim, hasRoom, begin, isOver };
  for await (const { result } of sideBySide(items, how)) if (result !== undefined) done.push(result);
  return { seen, done };
}

test("what fits goes side by side, no more than there are lanes", async () => {
  const items = ["a", "b", "c"].map((name) => ({ name, claim: claim(1) }));
  expect((await run(items, { atOnceMax: 2 })).seen).toEqual(["a", "a b", "b c"]);
  expect((await run(items, { atOnceMax: 1 })).seen).toEqual(["a", "b", "c"]);
});

test("claims never come to more than there is room for, and what claims more than that goes by itself", async () => {
  const items = [3, 4, 2, 9].map((places) => ({ name: String(places), claim: claim(places) }));
  expect((await run(items)).seen).toEqual(["3", "3 2", "4", "9"]);
});

test("no two use the same at once", async () => {
  const items = ["a", "b", "c"].map((name) => ({ name, claim: claim(0, name === "c" ? "other" : "one") }));
  expect((await run(items)).seen).toEqual(["a", "a c", "c b"]);
});

test("what is done alone has nothing beside it, and what was begun before is done first", async () => {
  const items = [
    { name: "a", claim: claim(1), isAlone: true },
    { name: "b", claim: claim(1) },
    { name: "alone" },
    { name: "c", claim: claim(1) },
  ];
  const { seen, done } = await run(items, { atOnceMax: 2 });
  expect(seen.filter((each) => /again|alone/.test(each))).toEqual(["a again", "alone"]);
  expect(done.toSorted()).toEqual(["a again", "alone", "b", "c"]);
});

test("nothing is begun once it is over, and the same may come twice", async () => {
  const item = { name: "a", claim: claim(1) };
  expect((await run([item, item])).done).toEqual(["a", "a"]);
  expect((await run([item], { isOver: () => true })).done).toEqual([]);
});
