import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { expect, test } from "vitest";
import { listImports } from "./import-graph.ts";
import { isShipped, listSources, readSource } from "./source-tree.ts";

type Manifest = Readonly<Record<"dependencies" | "devDependencies" | "peerDependencies", Record<string, string>>> & {
  readonly peerDependenciesMeta: Record<string, { optional: boolean }>;
};
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const dependencies = Object.keys(manifest.dependencies);
const peers = Object.keys(manifest.peerDependencies);
const devDependencies = Object.keys(manifest.devDependencies);

const shipped = listSources(["src", "mocks", "conformance", "generated"]).filter(
  (file) => isShipped(file) || file.startsWith("generated/"),
);

/** Dependencies that no source names, each with what does. */
const usedOtherwise: Readonly<Record<string, string>> = {
  "ajv-formats": "generated/*/validators.js, and validators that users generate",
};
/** Development tools that no source names: commands, and types. */
const tools = [
  "just-bash", // mocks/kit/shell/engine.ts loads it by a name that it works out, as its published form is a file
  "@stoplight/prism-cli", // src/cli/prism.ts and bench/ look its parts up by hand
  "vitepress", // a command that .ci/check.ts runs
  "kubernetes-models", // test/deploy.test.ts takes the part of it that a manifest names
  "axe-core", // test/inspector.test.ts puts its file into a page
  ...["@arethetypeswrong/cli", "publint"], // commands that .ci/pack.ts runs
  "node",
  "prettier",
  "eslint",
  "typescript",
  "typescript-eslint",
  "vitest",
  "@types/node",
];

test("what is published imports only what its users install", () => {
  const strays = shipped.flatMap((file) =>
    listPackages(file)
      .filter((name) => !dependencies.includes(name) && !peers.includes(name))
      .map((name) => `${file} -> ${name}`),
  );
  expect(strays).toEqual([]);
});

test("every dependency is used by what is published", () => {
  const used = new Set([...shipped.flatMap(listPackages), ...Object.keys(usedOtherwise)]);
  expect(dependencies.filter((name) => !used.has(name))).toEqual([]);
});

test("every development dependency is used", () => {
  const used = new Set([
    ...listSources([".ci", "src", "mocks", "conformance", "test", "bench"]).flatMap(listPackages),
    ...tools,
  ]);
  const typed = [...used].map((name) => `@types/${name}`);
  expect(devDependencies.filter((name) => !used.has(name) && !typed.includes(name))).toEqual([]);
});

test("what is heavy or the user's own is an optional peer", () => {
  expect(peers.sort()).toEqual([
    "@opentelemetry/api",
    "@opentelemetry/sdk-node",
    "@redis/client",
    "@redocly/openapi-core",
    "@scalar/openapi-upgrader",
    "@stoplight/prism-cli",
    "msw",
    "openapi-typescript",
    "vitest",
  ]);
  expect(peers.filter((name) => manifest.peerDependenciesMeta[name]?.optional !== true)).toEqual([]);
});

test("a module that imports an optional peer is an entry point of that peer, or waits until it is asked to", () => {
  const ofPeer = (file: string, name: string) =>
    file.startsWith(`src/${name}/`) || (file === "conformance/vitest.ts" && name === "vitest");
  const early = shipped.flatMap((file) =>
    [...readSource(file).matchAll(/^(?:import|export) (?!type )[^;]*? from "([^".][^"]*)";$/gms)]
      .filter(([, name = ""]) => peers.includes(name) && !ofPeer(file, name))
      .map(([, name]) => `${file} -> ${name}`),
  );
  expect(early).toEqual([]);
});

test("versions are exact, so that two machines install the same", () => {
  const versions = { ...manifest.dependencies, ...manifest.devDependencies };
  expect(Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test("every dependency has its sentence among the decisions", () => {
  const page = readdirSync("docs/decisions").find((name) => name.endsWith("-dependencies.md"));
  const text = readFileSync(`docs/decisions/${page}`, "utf8");
  const rows = [...text.matchAll(/^\| `([^`]+)`\s*\| (.*\S)\s*\|$/gm)];
  const silent = rows.filter(([, , sentence = ""]) => sentence.split(" ").length < 4).map(([, name]) => name);
  expect(silent).toEqual([]);
  expect(rows.map(([, name]) => name).sort()).toEqual([...new Set([...dependencies, ...devDependencies])].sort());
});

test("the lock file names no host to install from, and runs no script but Node's own", () => {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { resolved?: string; hasInstallScript?: boolean }>;
  };
  const entries = Object.entries(lock.packages);
  expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  const allowed = (JSON.parse(readFileSync("package.json", "utf8")) as { allowScripts: Record<string, boolean> })
    .allowScripts;
  const unjudged = entries.filter(([path, { hasInstallScript }]) => {
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    return hasInstallScript === true && !Object.hasOwn(allowed, name);
  });
  expect(unjudged.map(([path]) => path)).toEqual([]);
});

/** The packages that a file imports: `@scope/name/deep` is `@scope/name`. */
function listPackages(file: string): string[] {
  return listImports(file, readSource(file))
    .filter(({ specifier }) => !/^[./]/.test(specifier) && !isBuiltin(specifier))
    .map(({ specifier }) =>
      specifier
        .split("/")
        .slice(0, specifier.startsWith("@") ? 2 : 1)
        .join("/"),
    );
}
