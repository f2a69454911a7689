import { resolve } from "node:path";
import { ContractError } from "../contract/contract-error.ts";
import { withComponentReferences } from "./component-references.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { withPlainDiscriminators } from "./discriminators.ts";
import { nameOperations } from "./operation-id.ts";
import { withPlainNull } from "./plain-null.ts";
import { applyOverlay } from "./overlay.ts";
import { checkAndBundle } from "./redocly.ts";
import { readSourceDocument, type SourceDocument } from "./source-document.ts";

export type DocumentSource = {
  /** The OpenAPI document, YAML or JSON. */
  readonly specPath: string;
  /** OpenAPI Overlay 1.0 documents, applied in this order before anything else. */
  readonly overlayPaths?: readonly string[];
  /** Whether an overlay's target that matches nothing is an error, or (by default) a warning. */
  readonly strictOverlays?: boolean;
};

export type EffectiveDocument = {
  /** One self-contained OpenAPI 3.1 document: every `$ref` leads to a component, every operation has an `operationId`. */
  readonly document: JsonObject;
  readonly warnings: readonly string[];
};

/**
 * Reads an OpenAPI 3.0 or 3.1 document and makes it whole: overlays applied, checked, files that it refers to bundled
 * in, upgraded to 3.1, operations named.
 *
 * @throws {@link ContractError} `SPEC_UNREADABLE` with file, line and pointer; `SPEC_UNSUPPORTED` for two operations
 *   that end up with one name
 */
export async function loadEffectiveDocument(from: DocumentSource): Promise<EffectiveDocument> {
  const warnings: string[] = [];
  const source = await readSourceDocument(resolve(from.specPath));
  const original = asOpenApi(source);
  const value = await overlaid(original, from, (warning) => warnings.push(warning));
  const bundled = await checkAndBundle({ source, value });
  const { upgradeFromThreeToThreeOne } = await import("@scalar/openapi-upgrader/3.0-to-3.1");
  const upgraded = upgradeFromThreeToThreeOne(withPlainNull(bundled)) as JsonObject;
  if (isJsonObject(upgraded["components"]) && Object.keys(upgraded["components"]).length === 0) {
    delete upgraded["components"]; // the bundler's place for what it might have found
  }
  const whole = withPlainDiscriminators(withComponentReferences(upgraded, source.locate));
  return { document: nameOperations(whole, source.locate), warnings };
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

function asOpenApi({ value, locate }: SourceDocument): JsonObject {
  const advice = "expected a document that starts with `openapi: 3.0.x` or `openapi: 3.1.x`";
  if (!isJsonObject(value)) throw unreadable(`${locate("")}: this is not an OpenAPI document: ${advice}`);
  if (value["swagger"] !== undefined) {
    const version = JSON.stringify(value["swagger"]);
    throw unreadable(`${locate("/swagger")}: this is Swagger ${version}: convert it to OpenAPI 3.0 or 3.1 first`);
  }
  const version = value["openapi"];
  if (version === undefined) throw unreadable(`${locate("")}: this is not an OpenAPI document: ${advice}`);
  if (typeof version !== "string" || !/^3\.[01]\.\d+/.test(version)) {
    throw unreadable(`${locate("/openapi")}: OpenAPI ${JSON.stringify(version)} is not supported: ${advice}`);
  }
  return value;
}

function unreadable(message: string): ContractError {
  return new ContractError("SPEC_UNREADABLE", message);
}
