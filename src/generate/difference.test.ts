import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import "@hyperjump/json-schema/formats";
import "@hyperjump/json-schema/openapi-3-0";
import {
  registerSchema,
  setShouldValidateFormat,
  setShouldValidateSchema,
  validate,
} from "@hyperjump/json-schema/openapi-3-1";
import { beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { known, knownOfTypes, type Verdict } from "./difference-known.fixture.ts";
import { writeDocuments } from "./document.fixture.ts";
import { drawDocuments, values, type DrawnDocument } from "./drawn-schemas.fixture.ts";
import { generate } from "./generate.ts";

const seed = Number(process.env["DIFFERENCE_SEED"] ?? 20261125); // others are for looking further, by hand
const documents = [...drawDocuments("3.0.3", { seed, size: 60 }), ...drawDocuments("3.1.0", { seed, size: 60 })];
const verdicts: Verdict[] = [];
const folders: string[] = [];

beforeAll(async () => {
  setShouldValidateFormat(true);
  setShouldValidateSchema(false); // which is redocly's part, and would refuse what 3.0 ignores beside a `$ref`
  for (const document of documents) verdicts.push(...(await judge(document)));
}, 120_000);

test(`zod, ajv and another validator agree on every keyword and every two of them (seed ${seed})`, () => {
  expect(verdicts.length).toBeGreaterThan(10_000);
  const differing = verdicts.filter(({ zod, ajv, other }) => zod !== ajv || ajv !== other);
  const unknown = differing.filter((verdict) => !known.some(({ explains }) => explains(verdict)));
  expect(unknown.slice(0, 20)).toEqual([]);
});

test("each known exception is one", () => {
  const differing = verdicts.filter(({ zod, ajv, other }) => zod !== ajv || ajv !== other);
  const idle = known.filter(({ explains }) => !differing.some(explains)).map(({ name }) => name);
  expect(seed === 20261125 ? idle : []).toEqual([]);
});

test("neither zod nor ajv throws, and both accept some values and refuse others", () => {
  const kinds = new Set(verdicts.flatMap(({ zod, ajv }) => [`zod ${zod}`, `ajv ${ajv}`]));
  expect([...kinds].toSorted()).toEqual(["ajv false", "ajv true", "zod false", "zod true"]);
});

test(
  "the output compiles under `strict`, and what the schemas accept has their types",
  { timeout: 180_000 },
  async () => {
    const checks = await Promise.all(folders.map(writeTypeChecks));
    const modules = folders.flatMap((folder) =>
      ["check.ts", "schemas.ts", "operations.ts"].map((name) => join(folder, name)),
    );
    const lines = (await compile([...modules, ...folders.map((folder) => join(folder, "validators.d.ts"))])).split(
      /\n(?! )/,
    );
    const wrong = lines
      .filter((line) => line !== "" && !line.includes("has no properties in common"))
      .flatMap((line) => {
        const [, folder = "", row = ""] = /([^/(]+)\/check\.ts\((\d+),/.exec(line) ?? [];
        const check = checks[folders.findIndex((one) => one.endsWith(folder))]?.[Number(row) - 1];
        if (check === undefined || folder === "") return [line];
        return knownOfTypes.some(({ explains }) => explains(check)) ? [] : [`${JSON.stringify(check)} ${line}`];
      });
    expect(wrong.slice(0, 20)).toEqual([]);
  },
);

/** Asks all three of each schema of a document and each value. */
async function judge({ version, schemas }: DrawnDocument): Promise<Verdict[]> {
  const document = { openapi: version, info: { title: "Drawn", version: "1" }, paths: {}, components: { schemas } };
  const folder = await writeDocuments({ "a.json": JSON.stringify(document) });
  folders.push(folder);
  const origin = { source: "a.json", overlays: [] };
  await generate({ specPath: join(folder, "a.json"), origin, typesFrom: "./types.ts" }, folder);
  const ours = (await import(join(folder, "schemas.ts"))) as { schemas: Record<string, z.ZodType> };
  const { components } = (await import(join(folder, "validators.js"))) as {
    components: Record<string, (value: unknown) => boolean>;
  };
  const uri = `https://example.com/${folders.length}`;
  const dialect = version.startsWith("3.0") ? "3.0/schema" : "3.1/schema-base";
  registerSchema(document, uri, `https://spec.openapis.org/oas/${dialect}`);
  const verdictsOf = Object.entries(schemas).map(async ([name, schema]) => {
    const other = await validate(`${uri}#/components/schemas/${name}`);
    return values.map((value): Verdict => {
      const zod = outcome(() => ours.schemas[name]?.safeParse(value).success);
      const ajv = outcome(() => components[name]?.(value));
      return { version, name, schema, value, zod, ajv, other: String(other(value).valid) };
    });
  });
  return (await Promise.all(verdictsOf)).flat();
}

function outcome(action: () => boolean | undefined): string {
  try {
    return String(action());
  } catch (error) {
    return String(error);
  }
}

/** Writes assignments of the accepted values to their types; returns what each line is about. */
async function writeTypeChecks(folder: string, index: number): Promise<(Verdict | undefined)[]> {
  const names = new Set(Object.keys(documents[index]?.schemas ?? {}));
  const start = documents
    .slice(0, index)
    .reduce((sum, { schemas }) => sum + Object.keys(schemas).length * values.length, 0);
  const accepted = verdicts
    .slice(start, start + names.size * values.length)
    .filter(({ zod, ajv }) => zod === "true" && ajv === "true");
  const head = ['import type { components } from "./types.ts";', 'type S = components["schemas"];'];
  head.push(...values.map((value, at) => `declare const v${at}: ${JSON.stringify(value)};`));
  const body = accepted.map(({ name, value }, at) => {
    return `export const c${at}: S[${JSON.stringify(name)}] = v${values.indexOf(value)};`;
  });
  await writeFile(join(folder, "check.ts"), [...head, ...body, ""].join("\n"));
  return [...head.map(() => undefined), ...accepted];
}

/** Everything that the compiler says, in one run. */
function compile(files: readonly string[]): Promise<string> {
  const tsc = join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
  const flags =
    "--noEmit --strict --skipLibCheck --pretty false --module nodenext --target es2024 --allowImportingTsExtensions";
  return new Promise((resolve) => {
    const options = { maxBuffer: 2 ** 28 };
    execFile(process.execPath, [tsc, ...flags.split(" "), ...files], options, (_, stdout) => resolve(stdout.trim()));
  });
}
