import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { BaseResolver, Source } from "@redocly/openapi-core";
import type { JsonObject, JsonValue } from "./json.ts";
import { refuseProblems, type ReadFile } from "./redocly-problems.ts";
import { parseSourceDocument, type SourceDocument } from "./source-document.ts";

/** Where we ask for less than Redocly's reading of the specification. */
const rules = {
  // Checked where missing ids are made up, with a pointer that exists.
  "operation-operationId-unique": "off",
  // `nullable` beside a `$ref` or `allOf` is how 3.0 documents say "or null", and the upgrade to 3.1 takes it so.
  "nullable-type-sibling": "off",
  "spec-ref-siblings": "off",
  // Two templates that differ only in their parameters' names are one path to a router, but two entries to a generator.
  "no-identical-paths": "off",
  // A wrong example misleads a reader, not a validator.
  "no-invalid-media-type-examples": "off",
} as const;

/** A file as it was read, and its value as it is to be checked: an overlay may have changed it. */
export type RootDocument = { readonly source: SourceDocument; readonly value: JsonObject };

/**
 * Checks a document against the rules of the OpenAPI Specification, and brings what it refers to in other files into
 * its own `components`. References inside the document stay, so that cycles do too.
 *
 * @throws ContractError `SPEC_UNREADABLE` with file, line and JSON pointer of each fault: a rule of the
 *   specification is broken, a `$ref` leads nowhere or to the network, a file that it names is no YAML or JSON
 */
export async function checkAndBundle(root: RootDocument): Promise<JsonObject> {
  const redocly = await import("@redocly/openapi-core"); // takes 300 ms, so only commands that read a document pay
  const config = await redocly.createConfig({ extends: ["spec"], rules });
  const files = createFiles(root);
  const open = () => ({
    config,
    document: files.documentOf(new redocly.Source(root.source.path, root.source.text), root.value),
    externalRefResolver: createResolver(redocly.BaseResolver, redocly.Source, files),
  });
  refuseProblems(await redocly.lintDocument(open()), files.get);
  const { document, ...options } = open();
  const { bundle, problems } = await redocly.bundle({ ...options, doc: document, componentRenamingConflicts: "off" });
  refuseProblems(problems, files.get);
  return bundle.parsed as JsonObject;
}

/** What was read so far, to tell where a problem is; Redocly's own positions do not know about overlays. */
type Files = {
  readonly documentOf: (source: Source, value?: JsonValue) => { source: Source; parsed: JsonValue };
  readonly get: (path: string) => ReadFile | undefined;
};

function createFiles(root: RootDocument): Files {
  const known = new Map<string, { source: SourceDocument; value: JsonValue }>([[root.source.path, root]]);
  return {
    get: (path) => known.get(path),
    documentOf: (source, value) => {
      if (value === undefined) {
        const read = parseSourceDocument(source.absoluteRef, source.body);
        known.set(source.absoluteRef, { source: read, value: read.value });
      }
      // A copy, since bundling writes into what it reads.
      return { source, parsed: structuredClone(value ?? known.get(source.absoluteRef)?.value ?? null) };
    },
  };
}

/** Reads neighbouring files with our own reader, which names the lines of syntax errors, and nothing from the network. */
function createResolver(Base: typeof BaseResolver, SourceClass: typeof Source, files: Files): BaseResolver {
  return new (
    class extends Base {
      override resolveExternalRef(base: string | null, ref: string): string {
        if (ref.startsWith("file:")) return fileURLToPath(ref);
        return super.resolveExternalRef(base, ref);
      }

      override async loadExternalRef(path: string): Promise<Source> {
        if (/^[a-z][a-z\d+.-]+:\/\//i.test(path)) {
          throw new Error("references into the network are not followed: keep a copy of the file and refer to that");
        }
        const source = await super.loadExternalRef(resolve(path)).catch((cause: unknown) => {
          throw new Error(reasonOf(cause), { cause });
        });
        return new SourceClass(path, source.body);
      }

      override parseDocument(source: Source) {
        return /\.(json|ya?ml)$/i.test(source.absoluteRef)
          ? files.documentOf(source)
          : { source, parsed: source.body as JsonValue };
      }
    } as unknown as new () => BaseResolver
  )();
}

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.startsWith("ENOENT") ? "there is no such file: correct the path" : message;
}
