import { describe, expect, test } from "vitest";
import { listImports } from "./import-graph.ts";
import { isShipped, listSources, readSource } from "./source-tree.ts";

const root = "conformance/kit/";

/** What each folder of the kit may import beside itself: docs/architecture.md draws the same. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  law: [],
  "law/families": ["law", "input"],
  input: ["law"],
  secrets: ["law"],
  target: ["law", "secrets"],
  money: ["law", "target"],
  model: ["law"],
  explore: ["law", "input", "model"],
  run: ["law", "input", "secrets", "target", "money", "model", "explore"],
  traffic: ["law", "secrets", "target", "money", "model", "run"],
  "report/reproduce": ["law", "input", "run"],
  "report/content": ["law", "target", "money", "run", "report/reproduce"],
  "report/formats": ["law", "run", "report/content", "report/reproduce"],
  report: ["law", "money", "run", "report/content", "report/reproduce"],
};

/** The most files that import one another in a row, the first and the last included: a change is looked for along it. */
const chainMax = 10;

const imports = listSources(["conformance/kit"])
  .filter(isShipped)
  .flatMap((file) => listImports(file, readSource(file)))
  .filter(({ imported }) => imported?.startsWith(root) === true)
  .map(({ file, imported = "", isType }) => ({ file, imported, isType }));

describe("the kit of the laws", () => {
  test("has folders that import in one direction only", () => {
    const strays = imports.filter(({ file, imported }) => {
      const [from, to] = [folderOf(file), folderOf(imported)];
      return from !== to && mayImport[from]?.includes(to) !== true;
    });
    expect(strays.map(({ file, imported }) => `${file} -> ${imported}`)).toEqual([]);
    expect(Object.keys(mayImport).sort()).toEqual([...new Set(imports.map(({ file }) => folderOf(file)))].sort());
  });

  test("names no folder that may be imported and never is", () => {
    const seen = new Set(imports.map(({ file, imported }) => `${folderOf(file)} -> ${folderOf(imported)}`));
    const named = Object.entries(mayImport).flatMap(([from, all]) => all.map((to) => `${from} -> ${to}`));
    expect(named.filter((edge) => !seen.has(edge))).toEqual([]);
  });

  test("has rows of imports of ten files at most, types among them", () => {
    expect(longestChain(imports).length).toBeLessThanOrEqual(chainMax);
    expect(longestChain(imports.filter(({ isType }) => !isType)).length).toBeLessThanOrEqual(chainMax);
  });
});

test("the longest row of imports is found, and a circle is an error", () => {
  const row = (...files: readonly string[]) =>
    files.slice(1).map((imported, index) => ({ file: files[index]!, imported }));
  expect(longestChain([...row("a", "b", "c", "d"), ...row("a", "d")])).toEqual(["a", "b", "c", "d"]);
  expect(() => longestChain(row("a", "b", "a"))).toThrow("a -> b -> a");
});

/** "law", "report/content": one level, or two. */
function folderOf(file: string): string {
  return file.slice(root.length).split("/").slice(0, -1).join("/");
}

function longestChain(edges: readonly { readonly file: string; readonly imported: string }[]): readonly string[] {
  const byFile = Map.groupBy(edges, ({ file }) => file);
  const known = new Map<string, readonly string[]>();
  const chainFrom = (file: string, above: readonly string[]): readonly string[] => {
    const circle = above.indexOf(file);
    if (circle !== -1) throw new Error([...above.slice(circle), file].join(" -> "));
    const seen = known.get(file);
    if (seen !== undefined) return seen;
    const rests = (byFile.get(file) ?? []).map(({ imported }) => chainFrom(imported, [...above, file]));
    const chain = [file, ...longest(rests)];
    known.set(file, chain);
    return chain;
  };
  return longest([...byFile.keys()].map((file) => chainFrom(file, [])));
}

function longest(chains: readonly (readonly string[])[]): readonly string[] {
  return chains.reduce((best, chain) => (chain.length > best.length ? chain : best), []);
}
