import { resolve } from "node:path";
import { ContractError } from "../contract/contract-error.ts";
import { withComponentReferences } from "./component-references.ts";
import { fetchDocument } from "./fetch-document.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { withPlainDiscriminators } from "./discriminators.ts";
import { nameOperations } from "./operation-id.ts";
import { withPlainNull } from "./plain-null.ts";
import { applyOverlay } from "./overlay.ts";
import { checkAndBundle, type CheckOptions } from "./redocly.ts";
import { isUrl, parseSourceDocument, readSourceDocument, type SourceDocument } from "./source-document.ts";

export type DocumentSource = CheckOptions & {
  /** The OpenAPI document, YAML or JSON: its path, or with `allowFetch` its http or https address. */
  readonly specPath: string;
  /** Whether the document may be loaded from the network; what it refers to never is. */
  readonly allowFetch?: boolean;
  /** OpenAPI Overlay 1.0 documents, applied in this order before anything else. */
  readonly overlayPaths?: readonly string[];
  /** Whether an overlay's target that matches nothing is an error, or (by default) a warning. */
  readonly strictOverlays?: boolean;
};

export type EffectiveDocument = {
  /** One self-contained OpenAPI 3.1 document: every `$ref` leads to a component, every operation has an `operationId`. */
  readonly document: JsonObject;
  /** What was mended or left out: `where: what`, one for each place. */
  readonly warnings: readonly string[];
  /** Says where a pointer into the document is in its source, or what is nearest to it there. */
  readonly locate: (pointer: string) => string;
};

/**
 * Reads an OpenAPI 3.0 or 3.1 document and makes it whole: overlays applied, checked, files that it refers to bundled
 * in, upgraded to 3.1, operations named.
 *
 * @throws {@link ContractError} `SPEC_UNREADABLE` with file, line and pointer; `SPEC_UNSUPPORTED` for references that
 *   cannot be followed and, with `strict`, two operations of one name
 */
export async function loadEffectiveDocument(from: DocumentSource): Promise<EffectiveDocument> {
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const source = await readDocument(from);
  const original = asOpenApi(source, warn, from.strict);
  const value = await overlaid(original, from, warn);
  const checked = await checkAndBundle({ source, value }, from);
  const { upgradeFromThreeToThreeOne } = await import("@scalar/openapi-upgrader/3.0-to-3.1");
  const upgraded = upgradeFromThreeToThreeOne(withPlainNull(checked.document)) as JsonObject;
  if (isJsonObject(upgraded["components"]) && Object.keys(upgraded["components"]).length === 0) {
    delete upgraded["components"]; // the bundler's place for what it might have found
  }
  const { locate } = source;
  const whole = withPlainDiscriminators(withComponentReferences(upgraded, locate));
  const document = nameOperations(whole, from.strict ? { locate } : { locate, onRenamed: warn });
  return { document, warnings: [...warnings, ...checked.warnings], locate };
}

async function readDocument({ specPath, allowFetch = false }: DocumentSource): Promise<SourceDocument> {
  if (!isUrl(specPath)) return readSourceDocument(resolve(specPath));
  if (allowFetch) return parseSourceDocument(specPath, await fetchDocument(specPath));
  throw unreadable(`${specPath}: this is an address in the network: add --fetch to load it from there`);
}

async function overlaid(
  document: JsonObject,
  { overlayPaths = [], strictOverlays = false }: DocumentSource,
  warn: (message: string) => void,
): Promise<JsonObject> {
  let value: JsonValue = document;
  for (const path of overlayPaths) {
    const overlay = await readSourceDocument(resolve(path));
    const { locate } = overlay;
    value = applyOverlay(value, overlay.value, strictOverlays ? { locate } : { locate, onUnmatched: warn });
  }
  return value as JsonObject; // an overlay cannot remove or replace the root
}

function asOpenApi({ value, locate }: SourceDocument, warn: (message: string) => void, strict = false): JsonObject {
  const advice = "expected a document that starts with `openapi: 3.0.x` or `openapi: 3.1.x`";
  if (!isJsonObject(value)) throw unreadable(`${locate("")}: this is not an OpenAPI document: ${advice}`);
  if (value["swagger"] !== undefined) {
    const version = JSON.stringify(value["swagger"]);
    throw unreadable(`${locate("/swagger")}: this is Swagger ${version}: convert it to OpenAPI 3.0 or 3.1 first`);
  }
  const version = value["openapi"];
  if (version === undefined) throw unreadable(`${locate("")}: this is not an OpenAPI document: ${advice}`);
  if (typeof version === "string" && /^3\.[01]\.\d+/.test(version)) return value;
  const minor = /^"?3(\.[01])?"?$/.exec(JSON.stringify(version));
  if (minor === null || strict) {
    throw unreadable(`${locate("/openapi")}: OpenAPI ${JSON.stringify(version)} is not supported: ${advice}`);
  }
  const full = `3${minor[1] ?? ".0"}.0`;
  warn(
    `${locate("/openapi")}: \`openapi: ${JSON.stringify(version)}\` is taken for ${full}: a version has three parts`,
  );
  return { ...value, openapi: full };
}

function unreadable(message: string): ContractError {
  return new ContractError("SPEC_UNREADABLE", message);
}
