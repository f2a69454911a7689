import { realpath } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { BaseResolver, Source } from "@redocly/openapi-core";
import { ContractError } from "../contract/contract-error.ts";
import { formatPointer, parsePointer } from "../contract/json-pointer.ts";
import { type JsonObject, type JsonValue } from "./json.ts";
import { judgeProblems, type ReadFile } from "./redocly-problems.ts";
import { createRedoclyTypes, ownRules } from "./redocly-types.ts";
import { displayPath, isUrl, parseSourceDocument, type SourceDocument } from "./source-document.ts";

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

export type CheckOptions = {
  /** Refuses what breaks the specification, also where no type depends on it. */
  readonly strict?: boolean;
  /** Folders besides the document's own that references may lead into. */
  readonly allowRefs?: readonly string[];
};

export type CheckedDocument = { readonly document: JsonObject; readonly warnings: readonly string[] };

/**
 * Checks a document against the rules of the OpenAPI Specification, leaves out what breaks them without touching a
 * type, and brings what it refers to in other files into its own `components`. References inside the document stay, so
 * that cycles do too.
 *
 * @throws {@link ContractError} `SPEC_UNREADABLE` with file, line and JSON pointer of each fault that a type depends on
 *   (with `strict`, of each fault), of a `$ref` that leads nowhere, out of the document's folder or to the network, and
 *   of a file that is no YAML or JSON
 */
export async function checkAndBundle(root: RootDocument, options: CheckOptions = {}): Promise<CheckedDocument> {
  const { strict = false, allowRefs = [] } = options;
  const redocly = await import("@redocly/openapi-core"); // takes 300 ms, so only commands that read a document pay
  const config = await redocly.createConfig({
    extends: ["spec"],
    plugins: [{ id: "sandglass", rules: { oas3: ownRules } }],
    rules: { ...rules, ...Object.fromEntries(Object.keys(ownRules).map((name) => [`sandglass/${name}`, "error"])) },
  });
  const version = redocly.detectSpec(root.value);
  const types = createRedoclyTypes(redocly.getTypes(version));
  const files = createFiles(root);
  let namesFiles = false;
  const open = (take?: (value: JsonValue) => JsonValue) => ({
    config,
    types,
    customTypes: types,
    document: files.documentOf(new redocly.Source(root.source.path, root.source.text), take),
    externalRefResolver: createResolver(redocly.BaseResolver, redocly.Source, {
      documentOf: (source) => files.documentOf(source, take),
      folders: isUrl(root.source.path) ? [] : [dirname(root.source.path), ...allowRefs],
      onFile: () => (namesFiles = true),
    }),
  });
  const found = await attempt(root.source.path, () => redocly.lintDocument(open()));
  const judging = { strict, fileAt: files.get, is31: version !== "oas3_0", isReferredTo: files.isReferredTo };
  const { warnings, mend } = judgeProblems(found, judging);
  mend();
  if (!namesFiles) return { document: root.value, warnings };
  const { bundle, problems } = await attempt(root.source.path, () =>
    // Copies, since bundling writes into what it reads.
    redocly.bundleDocument({ ...open(structuredClone<JsonValue>), componentRenamingConflicts: "off" }),
  );
  judgeProblems(problems, judging);
  return { document: bundle.parsed as JsonObject, warnings };
}

/** Redocly throws for a `$ref` that leads to itself, and trips over some values that have no business where they are. */
async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof ContractError) throw cause;
    const reason = checkFailure(cause);
    throw new ContractError("SPEC_UNREADABLE", `${displayPath(path)}: ${reason}`, { cause });
  }
}

function checkFailure(cause: unknown): string {
  if (cause instanceof RangeError)
    return "thousands of schemas refer to each other in a row, which is too deep to check";
  const reason = reasonOf(cause);
  return reason.startsWith("Self-referencing")
    ? "a $ref leads back to itself, and to no value"
    : `Redocly cannot check it: ${reason}`;
}

/** What was read so far, to tell where a problem is; Redocly's own positions do not know about overlays. */
type Files = {
  readonly documentOf: (
    source: Source,
    take?: (value: JsonValue) => JsonValue,
  ) => { source: Source; parsed: JsonValue };
  readonly get: (path: string) => ReadFile | undefined;
  /** Whether any file has a reference to a place, or to one inside it, in whatever file. */
  readonly isReferredTo: (steps: readonly string[]) => boolean;
};

function createFiles(root: RootDocument): Files {
  const known = new Map<string, ReadFile>([[root.source.path, root]]);
  const fragments = new Map<ReadFile, string[]>();
  const fragmentsOf = (file: ReadFile) => {
    const found =
      fragments.get(file) ??
      Array.from(
        file.source.text.matchAll(/#\/[^"'\s]+/g),
        ([fragment]) => `${formatPointer(parsePointer(fragment))}/`,
      );
    fragments.set(file, found);
    return found;
  };
  return {
    get: (path) => known.get(path),
    isReferredTo: (steps) => {
      const pointer = `${formatPointer(steps)}/`;
      return [...known.values()].some((file) => fragmentsOf(file).some((fragment) => fragment.startsWith(pointer)));
    },
    documentOf: (source, take = (value) => value) => {
      const path = source.absoluteRef;
      const read = known.get(path) ?? asRead(parseSourceDocument(path, source.body));
      known.set(path, read);
      return { source, parsed: take(read.value) };
    },
  };
}

function asRead(source: SourceDocument): ReadFile {
  return { source, value: source.value };
}

type Reach = {
  readonly documentOf: (source: Source) => { source: Source; parsed: JsonValue };
  /** Called for each reference that names a file. */
  readonly onFile: () => void;
  /** Folders that references may lead into. */
  readonly folders: readonly string[];
};

/** Reads neighbouring files with our own reader, which names the lines of syntax errors, and nothing from elsewhere. */
function createResolver(
  Base: typeof BaseResolver,
  SourceClass: typeof Source,
  { documentOf, onFile, folders }: Reach,
): BaseResolver {
  return new (
    class extends Base {
      override resolveExternalRef(base: string | null, ref: string): string {
        onFile();
        try {
          if (ref.startsWith("file:")) return fileURLToPath(ref);
        } catch {
          return ref; // of another machine
        }
        return isAddress(ref) ? ref : super.resolveExternalRef(base, ref);
      }

      override async loadExternalRef(path: string): Promise<Source> {
        if (isAddress(path)) {
          throw new Error("references into the network are not followed: keep a copy of the file and refer to that");
        }
        await assertWithin(folders, path);
        const source = await super.loadExternalRef(resolve(path)).catch((cause: unknown) => {
          throw new Error(reasonOf(cause), { cause });
        });
        return new SourceClass(path, source.body);
      }

      override parseDocument(source: Source) {
        return /\.(json|ya?ml)$/i.test(source.absoluteRef)
          ? documentOf(source)
          : { source, parsed: source.body as JsonValue };
      }
    } as unknown as new () => BaseResolver
  )();
}

/** By its scheme, of two letters at least: one letter is a drive. */
function isAddress(ref: string): boolean {
  return /^[a-z][a-z\d+.-]+:/i.test(ref);
}

/** By its real path too, so that no link leads out; a file outside is told by its name, whether it is there or not. */
async function assertWithin(folders: readonly string[], path: string): Promise<void> {
  const isWithin = (file: string, among: readonly string[]) => among.some((folder) => file.startsWith(folder + sep));
  const real = (file: string) => realpath(file).catch(() => resolve(file));
  const allowed = folders.map((folder) => resolve(folder));
  if (isWithin(resolve(path), allowed) && isWithin(await real(path), await Promise.all(allowed.map(real)))) return;
  throw new Error("it is outside of the document's folder: --allow-refs FOLDER lets references lead into another");
}

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.startsWith("ENOENT") ? "there is no such file: correct the path" : message;
}
