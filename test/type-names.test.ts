import { dirname, join } from "node:path/posix";
import { expect, test } from "vitest";
import { isShipped, listSources, readSource } from "./source-tree.ts";

test("no two exported types of the mock, the clients and the generator share a name", () => {
  const twice = [...placesOf(["src", "mocks"])].filter(([, files]) => files.length > 1);
  expect(twice).toEqual([]);
});

test("no two exported types of the laws share a name, nor one with what both sides share or with the clients", () => {
  const places = placesOf(["src/contract", "src/client", "conformance"]);
  const twice = [...places].filter(([, files]) => files.length > 1 && files.some((file) => file.startsWith("conf")));
  expect(twice).toEqual([]);
});

test("no type of the laws or of the command is exported that only its own file names", () => {
  const imported = new Set<string>();
  for (const file of listSources()) {
    for (const [, names = "", from = ""] of readSource(file).matchAll(/\{([^{}]*)\}\s*from\s*"(\.[^"]*)"/g)) {
      for (const name of names.split(",")) {
        const plain = name
          .trim()
          .replace(/^type /, "")
          .replace(/ as .*$/, "");
        imported.add(`${join(dirname(file), from)} ${plain}`);
      }
    }
  }
  const kept = [...placesOf(["src/cli", "conformance"])].flatMap(([name, files]) =>
    files.map((file) => `${file} ${name}`).filter((place) => !imported.has(place)),
  );
  expect(kept).toEqual([]);
});

/** The files of each exported type, by its name. */
function placesOf(folders: readonly string[]): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const file of listSources(folders).filter(isShipped)) {
    for (const [, name = ""] of readSource(file).matchAll(/^export (?:type|interface|class) (\w+)/gm)) {
      places.set(name, [...(places.get(name) ?? []), file]);
    }
  }
  return places;
}
