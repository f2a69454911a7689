import { collectSchemas } from "./schema-set.ts";
import { loadEffectiveDocument, type DocumentSource } from "./effective-document.ts";
import { emitDocument } from "./emit-document.ts";
import { emitOperations } from "./emit-operations.ts";
import { emitSchemas } from "./emit-schemas.ts";
import { emitTypes } from "./emit-types.ts";
import { emitValidators } from "./emit-validators.ts";
import type { Origin } from "./header.ts";

export type GenerateOptions = DocumentSource & {
  readonly origin: Origin;
  /** How generated files name `types.ts`: `./types.js` compiles under any settings, `./types.ts` also runs unbuilt. */
  readonly typesFrom?: string;
  /** Module that has the `Operation` type to check the table of operations against; by default the table stands alone. */
  readonly operationTypeFrom?: string;
};

export type Generated = {
  /** Text by file name. */
  readonly files: ReadonlyMap<string, string>;
  /** What was left out and why, for people. */
  readonly warnings: readonly string[];
};

/**
 * Generates everything that derives from one OpenAPI document. Writes nothing; the same documents give the same bytes.
 *
 * @throws {@link ContractError} `SPEC_UNREADABLE` or `SPEC_UNSUPPORTED`, with file, line and JSON pointer
 */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const { origin, typesFrom = "./types.js", operationTypeFrom } = options;
  const { document, warnings } = await loadEffectiveDocument(options);
  const set = collectSchemas(document);
  const types = await emitTypes(document, origin);
  const schemas = emitSchemas(set, origin, typesFrom);
  const validators = await emitValidators(set, origin, typesFrom, schemas.asked);
  const files = new Map([
    ["openapi.json", emitDocument(document, origin)],
    ["operations.ts", emitOperations(set, origin, operationTypeFrom)],
    ["schemas.ts", schemas.text],
    ["types.ts", types],
    ["validators.d.ts", validators.types],
    ["validators.js", validators.code],
  ]);
  return { files, warnings: [...warnings, ...set.warnings] };
}
