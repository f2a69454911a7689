import { describe, expect, test } from "vitest";
import { contracts } from "../src/generate/contracts.ts";
import { readEntryPoints } from "./entry-points.ts";
import { listComputedImports, listImports, type Import } from "./import-graph.ts";
import { isShipped, listSources, readSource } from "./source-tree.ts";

/** What each layer may import besides itself and npm packages; type imports count. The first that fits names a file's. */
const mayImport = {
  "src/contract": [],
  "src/generate": ["src/contract"],
  "src/inspector": ["generated"],
  "src/client": ["src/contract", "generated"],
  "src/index.ts": ["src/client", "src/contract", "generated"],
  "src/vitest": ["src", "mocks", "conformance", "generated"],
  "src/msw": ["src", "mocks", "generated"],
  "src/cli": ["src", "mocks", "conformance", "generated", "specs", "package.json"],
  generated: ["src/contract"],
  mocks: ["generated", "src/contract"],
  conformance: ["generated", "src/contract", "specs"],
  test: ["src", "mocks", "conformance", "generated", "specs", "bench", "package.json"],
  bench: ["src", "mocks", "conformance", "generated", "specs", "package.json"],
} satisfies Record<string, readonly string[]>;
const layers = Object.keys(mayImport) as (keyof typeof mayImport)[];

const entryPoints = readEntryPoints();
const files = listSources(["src", "mocks", "conformance", "generated", "test", "bench"]);
const imports = files.flatMap((file) => listImports(file, readSource(file), entryPoints));

test("every source file belongs to a layer", () => {
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => layerOf(file) === undefined)).toEqual([]);
});

test.each(layers)("%s imports only what it may", (layer) => {
  expect(listStrays(imports.filter(({ file }) => layerOf(file) === layer))).toEqual([]);
});

test("contracts know nothing of each other, and the kits nothing of a contract", () => {
  expect(listContractStrays(imports)).toEqual([]);
});

test("only the command computes what it imports", () => {
  // The shell engine is a package where sources run as they are, and one bundled file where they are published.
  const elsewhere = files.filter(
    (file) => isShipped(file) && !file.startsWith("src/cli/") && file !== "mocks/kit/shell/engine.ts",
  );
  expect(elsewhere.flatMap((file) => listComputedImports(file, readSource(file)))).toEqual([]);
});

describe("a stray import is found", () => {
  const forms = [
    ['import { world } from "../kit/x.ts";', []],
    ['import { createClock } from "../../mocks/kit/clock.ts";', ["../../mocks/kit/clock.ts"]],
    ['import type { World } from "../../mocks/kit/world.ts";', ["../../mocks/kit/world.ts"]],
    ['export * from "../../mocks/index.ts";', ["../../mocks/index.ts"]],
    ['type W = import("../../mocks/kit/world.ts").World;', ["../../mocks/kit/world.ts"]],
    ['const m = await import("../../mocks/kit/world.ts");', ["../../mocks/kit/world.ts"]],
    ['new Worker(new URL("../../mocks/worker.ts", import.meta.url));', ["../../mocks/worker.ts"]],
    ['vi.mock("../../mocks/kit/world.ts");', ["../../mocks/kit/world.ts"]],
    ['import { startMocks } from "sandglass/mock";', ["sandglass/mock"]],
    ['import { apply } from "../../src/generate/overlay.ts";', ["../../src/generate/overlay.ts"]],
    ['import { main } from "../../src/cli/main.ts";', ["../../src/cli/main.ts"]],
    ['import { systemClock } from "../../src/contract/clock.ts"; import { z } from "zod";', []],
    ['// import "../../mocks/kit/world.ts"\nconst text = \'import "../../mocks/kit/world.ts"\';', []],
  ] as const;

  test.each(forms)("in %s", (source, strays) => {
    const file = "conformance/recoup/made-up.ts";
    const found = listStrays(listImports(file, source, { "sandglass/mock": "mocks/index.ts" }));
    const targets = strays.map((specifier) =>
      specifier === "sandglass/mock" ? "mocks/index.ts" : specifier.slice("../../".length),
    );
    expect(found).toEqual(targets.map((target) => `${file} -> ${target}`));
  });

  test("from one contract to another, and from a kit to a contract", () => {
    const strays = listContractStrays([
      ...listImports("mocks/recoup/made-up.ts", 'import "../opencomputer/service.ts"; import "../kit/world.ts";'),
      ...listImports("mocks/kit/made-up.ts", 'import type { S } from "../recoup/service.ts";'),
      ...listImports("mocks/kit/made-up.test.ts", 'import "../../generated/recoup/schemas.ts";'),
      ...listImports("mocks/index.ts", 'import "./recoup/service.ts"; import "./opencomputer/service.ts";'),
    ]);
    expect(strays).toEqual([
      "mocks/recoup/made-up.ts -> mocks/opencomputer/service.ts",
      "mocks/kit/made-up.ts -> mocks/recoup/service.ts",
      "mocks/kit/made-up.test.ts -> generated/recoup/schemas.ts",
    ]);
  });

  test("where what is imported is computed", () => {
    expect(listComputedImports("mocks/kit/made-up.ts", "let name;\nawait import(`../${name}.ts`);")).toEqual([
      "mocks/kit/made-up.ts:2 -> import(`../${name}.ts`)",
    ]);
  });
});

function listStrays(among: readonly Import[]): string[] {
  return among.flatMap(({ file, imported }) => {
    const layer = layerOf(file);
    if (imported === undefined || layer === undefined || layerOf(imported) === layer) return [];
    const allowed = mayImport[layer].some((folder) => isInside(imported, folder));
    return allowed ? [] : [`${file} -> ${imported}`];
  });
}

/** Imports that tie one contract's folder to another's, or a folder that serves all contracts to one of them. */
function listContractStrays(among: readonly Import[]): string[] {
  return among.flatMap(({ file, imported = "" }) => {
    const target = contractOf(imported);
    const isTied = contractOf(file) !== undefined || /^(mocks|conformance)\/kit\//.test(file);
    return target !== undefined && isTied && target !== contractOf(file) ? [`${file} -> ${imported}`] : [];
  });
}

function contractOf(file: string): string | undefined {
  const name = /^(?:mocks|conformance|generated|specs|src\/client)\/([^/]+)\//.exec(file)?.[1];
  return contracts.find((contract) => contract.name === name)?.name;
}

function layerOf(file: string): keyof typeof mayImport | undefined {
  return layers.find((layer) => isInside(file, layer));
}

function isInside(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}
