import { expect, test } from "vitest";
import { isShipped, listSources, readSource } from "./source-tree.ts";

/** Names that two types have for a reason. */
const shared: readonly string[] = [
  "ClauseId", // one for the model of each contract
  "OperationId", // one for each contract, as generated
  "SandboxState", // one for the model of each contract
  "Tags", // of a sandbox: what the model remembers, and what a client is given
];

test("no two exported types of the mock, the clients and the generator share a name", () => {
  const twice = [...placesOf(["src", "mocks"])].filter(([, files]) => files.length > 1);
  expect(twice).toEqual([]);
});

test("no two exported types of the laws share a name, nor one with what both sides share or with the clients", () => {
  const places = placesOf(["src/contract", "src/client", "conformance"]);
  const twice = [...places].filter(([, files]) => files.length > 1 && files.some((file) => file.startsWith("conf")));
  expect(twice.filter(([name]) => !shared.includes(name))).toEqual([]);
  expect(shared.filter((name) => !twice.some(([other]) => other === name))).toEqual([]);
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
