import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const document = parse(readFileSync(new URL("../specs/recoup/openapi.yaml", import.meta.url), "utf8")) as Json;
const bare = withoutWords(document);

/**
 * SHA-256 of upstream's own document, not of ours: its YAML read to JSON, every `description` and `x-…` member dropped,
 * the names of every object sorted, written without spaces. Upstream's text is not in this repository; this stands for it.
 */
const upstreamDigest = "aabf9c5151525bf2bb1c60ef0ab63f42a89b764ea212286148d1c190bce890c7";

test("openapi.yaml is upstream's document, apart from its descriptions", () => {
  expect(createHash("sha256").update(canonicalJson(bare)).digest("hex")).toBe(upstreamDigest);
});

test("only createSandbox is in it, with the statuses 200, 400, 401 and 403, and without credentials", () => {
  expect(document).toMatchObject({ openapi: "3.1.0", security: [], servers: [{ url: "https://api.recoupable.dev" }] });
  expect(Object.keys(at(bare, "paths"))).toEqual(["/api/sandboxes"]);
  expect(Object.keys(at(bare, "paths", "/api/sandboxes"))).toEqual(["post"]);
  expect(Object.keys(at(bare, "paths", "/api/sandboxes", "post", "responses"))).toEqual(["200", "400", "401", "403"]);
});

test("three fields are still `nullable`, and fifteen still have an `example`", () => {
  const schemas = at(bare, "components", "schemas");
  expect(pathsOf(schemas, "nullable")).toEqual([
    "SandboxesResponse.properties.snapshot_id",
    "SandboxesResponse.properties.github_repo",
    "SandboxesResponse.properties.filetree",
  ]);
  expect(pathsOf(schemas, "example")).toHaveLength(15);
  expect(pathsOf(schemas, "examples")).toEqual([]);
});

test("its thirty-two descriptions are all there", () => {
  expect(pathsOf(document, "description")).toHaveLength(32);
});

function withoutWords(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name]) => name !== "description" && !name.startsWith("x-"));
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutWords(member)]));
}

function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_name, member: Json) =>
    isObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}

/** Paths of all objects that have a member of this name. */
function pathsOf(value: Json, name: string, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  const below = Object.entries(value).flatMap(([key, member]) =>
    pathsOf(member, name, path === "" ? key : `${path}.${key}`),
  );
  return Object.hasOwn(value, name) ? [path, ...below] : below;
}

function at(value: Json, ...names: string[]): { [name: string]: Json } {
  const found = names.reduce((member, name) => (isObject(member) ? (member[name] ?? null) : null), value);
  if (!isObject(found)) throw new Error(`no object at ${names.join(".")}`);
  return found;
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
