import { readFileSync } from "node:fs";
import { BaseResolver, createConfig, lintDocument, Source } from "@redocly/openapi-core";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { query } from "json-p3";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { evidences, httpMethods } from "../src/contract/operation.ts";
import { contracts } from "../src/generate/contracts.ts";
import { loadEffectiveDocument } from "../src/generate/effective-document.ts";
import { formatPointer, parsePointer } from "../src/contract/json-pointer.ts";
import { isJsonObject, valueAt, type JsonObject } from "../src/generate/json.ts";
import { applyOverlay } from "../src/generate/overlay.ts";
import { walkDocument, type DocumentNode } from "./document-walk.ts";

describe.each(contracts)("the contract $name", ({ isOurs = false, spec, overlays }) => {
  let document: JsonObject;
  let nodes: readonly DocumentNode[];
  beforeAll(async () => {
    const effective = await loadEffectiveDocument({ specPath: spec, overlayPaths: overlays, strictOverlays: true });
    document = effective.document;
    nodes = [...walkDocument(document)];
  });

  test("is clean by Redocly's strict ruleset", async () => {
    const config = await createConfig({ extends: ["recommended-strict"] });
    const source = new Source(`${spec}.effective.json`, JSON.stringify(document, null, 2));
    const problems = await lintDocument({
      config,
      document: { source, parsed: structuredClone(document) },
      externalRefResolver: new BaseResolver(),
    });
    const texts = problems.map(
      ({ ruleId, message, location: [place] }) =>
        `${place !== undefined && "pointer" in place ? place.pointer : ""} ${ruleId}: ${message}`,
    );
    expect(
      texts.filter((text) => !(text.includes("no-ambiguous-paths") && vendors.some((path) => text.includes(path)))),
    ).toEqual([]);
  });

  // The mock's own control API has no source but itself.
  if (!isOurs) {
    test("says of every operation, parameter, header and property where it comes from", () => {
      const sourced = nodes.filter(({ kind }) => kind !== "schema");
      expect(sourced.length).toBeGreaterThan(50); // the walk sees what it should
      expect(sourced.filter(({ value }) => !hasEvidence(document, value)).map(({ pointer }) => pointer)).toEqual([]);
    });
  }

  test("knows three kinds of evidence and no other", () => {
    const strays = query("$..['x-evidence']", document)
      .nodes.filter(({ value }) => !(evidences as readonly unknown[]).includes(value))
      .map((node) => `${node.toPointer().toString()}: ${JSON.stringify(node.value)}`);
    expect(strays).toEqual([]);
  });

  // Dredd and others put the example into the address, and refuse a document that has none.
  test("has an example for every required parameter of a path or a query", () => {
    const parameters = query(
      "$..parameters[?@.required == true && (@.in == 'path' || @.in == 'query')]",
      document,
    ).nodes;
    expect(parameters.filter(({ value }) => !Object.hasOwn(value as object, "example"))).toEqual([]);
    expect(parameters.length).toBeGreaterThan(0);
  });

  test("gives only examples that its own schemas accept", () => {
    const examples = listExamples(document, nodes);
    expect(examples.length).toBeGreaterThanOrEqual(isOurs ? 0 : 20);
    const ajv = createAjv(document);
    const broken = examples.flatMap(({ schemaPointer, pointer, value }) => {
      const validate = ajv.getSchema(`contract.json#${encodeURI(schemaPointer)}`);
      if (validate === undefined) return [`${pointer}: there is no schema at ${schemaPointer}`];
      return validate(value) ? [] : [`${pointer}: ${ajv.errorsText(validate.errors)}`];
    });
    expect(broken).toEqual([]);
  });

  test("names every operation, once", () => {
    const ids = nodes.filter(({ kind }) => kind === "operation").map(({ value }) => value["operationId"]);
    expect(ids.filter((id) => typeof id !== "string")).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe.each(contracts.flatMap(({ spec, overlays }) => overlays.map((overlay) => ({ overlay, spec, overlays }))))(
  "the overlay $overlay",
  ({ overlay, spec, overlays }) => {
    const { actions } = parse(readFileSync(overlay, "utf8")) as { actions: JsonObject[] };

    test("says with every action what it mends or adds", () => {
      const silent = actions.flatMap(({ target, description }, index) => {
        const words = typeof description === "string" ? description.trim().split(/\s+/).length : 0;
        return words >= 3 ? [] : [`/actions/${index} ${JSON.stringify(target)}`];
      });
      expect(silent).toEqual([]);
    });

    test("has only targets that match something", () => {
      const unmatched: string[] = [];
      let value = parse(readFileSync(spec, "utf8")) as JsonObject;
      for (const path of overlays) {
        const onUnmatched = (message: string) => unmatched.push(`${path}: ${message}`);
        value = applyOverlay(value, parse(readFileSync(path, "utf8")) as JsonObject, { onUnmatched }) as JsonObject;
        if (path === overlay) break;
      }
      expect(unmatched).toEqual([]);
    });
  },
);

/** Paths of the vendor that could each be read as another one: no sandbox has the name of a folder. */
const vendors = ["/from-checkpoint/{checkpointId}`", "/checkpoints/{checkpointId}/patches/{patchId}`"];

/** A node's own evidence, or, where it is only a reference, that of what it refers to. */
function hasEvidence(document: JsonObject, value: JsonObject): boolean {
  if (value["x-evidence"] !== undefined) return true;
  const ref = value["$ref"];
  if (typeof ref !== "string") return false;
  const target = valueAt(document, parsePointer(ref));
  return isJsonObject(target) && hasEvidence(document, target);
}

type Example = { readonly pointer: string; readonly schemaPointer: string; readonly value: unknown };

/** Examples of schemas, and of what a schema describes: media types, parameters, headers. */
function listExamples(document: JsonObject, nodes: readonly DocumentNode[]): Example[] {
  const ofSchemas = nodes.flatMap(({ kind, pointer, value }) => {
    const { examples } = value;
    if ((kind !== "schema" && kind !== "property") || !Array.isArray(examples)) return [];
    return examples.map((example, index) => ({
      pointer: `${pointer}/examples/${index}`,
      schemaPointer: pointer,
      value: example,
    }));
  });
  const described = query("$..[?@.schema && (@.examples || @.example)]", document).nodes;
  const ofDescribed = described.flatMap((node) => {
    const holder = node.value as JsonObject;
    const pointer = formatPointer(node.location);
    const named = isJsonObject(holder["examples"]) ? Object.entries(holder["examples"]) : [];
    const single = holder["example"] === undefined ? [] : [{ pointer: `${pointer}/example`, value: holder["example"] }];
    const all = [
      ...single,
      ...named.map(([name, entry]) => ({
        pointer: `${pointer}/examples/${name}`,
        value: isJsonObject(entry) ? entry["value"] : undefined,
      })),
    ];
    return all.map((example) => ({ ...example, schemaPointer: `${pointer}/schema` }));
  });
  return [...ofSchemas, ...ofDescribed];
}

function createAjv(document: JsonObject): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (to: Ajv2020) => void)(ajv);
  ajv.addSchema(document, "contract.json");
  return ajv;
}

test("the walk knows every method that a path can have", () => {
  const paths = { "/x": Object.fromEntries(httpMethods.map((method) => [method, { operationId: method }])) };
  const walked = [...walkDocument({ paths })].map(({ pointer, kind }) => `${kind} ${pointer}`);
  expect(walked).toEqual(httpMethods.map((method) => `operation /paths/~1x/${method}`));
});
