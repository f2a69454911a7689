import { ContractError } from "../contract/contract-error.ts";
import { collectSchemas, type SchemaSet } from "./schema-set.ts";
import { loadEffectiveDocument, type DocumentSource } from "./effective-document.ts";
import { emitClient } from "./emit-client.ts";
import { emitDocument } from "./emit-document.ts";
import { emitOperations } from "./emit-operations.ts";
import { emitSchemas } from "./emit-schemas.ts";
import { emitTypes } from "./emit-types.ts";
import { emitValidators } from "./emit-validators.ts";
import type { OperationModel } from "./contract-model.ts";
import type { Origin } from "./header.ts";
import { formatPointer } from "../contract/json-pointer.ts";

export type GenerateOptions = DocumentSource & {
  readonly origin: Origin;
  /** How generated files name `types.ts`: `./types.js` compiles under any settings, `./types.ts` also runs unbuilt. */
  readonly typesFrom?: string;
  /**
   * Module that has the `Operation` type to check the table of operations against, whose members then say what evidence
   * each operation has; by default the table stands alone.
   */
  readonly operationTypeFrom?: string;
  /** Whether a client of the document is generated too; by default it is. */
  readonly client?: boolean;
  /** Told what is done next, for people who wait. */
  readonly onStep?: (step: string) => void;
};

export type Generated = {
  /** Text by file name. */
  readonly files: ReadonlyMap<string, string>;
  /** What was left out and why, for people: `where: what`. */
  readonly warnings: readonly string[];
};

/**
 * Generates everything that derives from one OpenAPI document. Writes nothing; the same documents give the same bytes.
 *
 * @throws {@link ContractError} `SPEC_UNREADABLE` or `SPEC_UNSUPPORTED`, with file, line and JSON pointer
 */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const { origin, typesFrom = "./types.js", operationTypeFrom, client = true, onStep = () => undefined } = options;
  onStep("reading and checking the document");
  const { document, warnings, locate } = await loadEffectiveDocument(options);
  const set = collectSchemas(document);
  onStep("zod schemas");
  const schemas = emitSchemas(set, origin, typesFrom);
  onStep("validators and types");
  // The validators first: those of a large document are compiled beside the types.
  const [validators, types] = await Promise.all([
    emitValidators(set, origin, typesFrom, schemas.asked).catch((error: unknown) => {
      throw withPlace(error, set, locate);
    }),
    emitTypes(document, origin),
  ]);
  // Evidence is how our own contracts rank their sources: `satisfies Operation` holds them to its list.
  const tables = operationTypeFrom === undefined ? withoutEvidence(set) : set;
  const files = new Map([
    ...(client ? ([["client.ts", emitClient(origin, typesFrom)]] as const) : []),
    ["openapi.json", emitDocument(document, origin)],
    ["operations.ts", emitOperations(tables, origin, operationTypeFrom)],
    ["schemas.ts", schemas.text],
    ["types.ts", types],
    ["validators.d.ts", validators.types],
    ["validators.js", validators.code],
  ]);
  return { files, warnings: [...warnings, ...set.warnings] };
}

type Tables = Pick<SchemaSet, "operations" | "webhooks">;

function withoutEvidence({ operations, webhooks }: Tables): Tables {
  const strip = ({ operation, ...model }: OperationModel): OperationModel => {
    const { evidence: _, ...rest } = operation;
    return { ...model, operation: rest as typeof operation };
  };
  return { operations: operations.map(strip), webhooks: webhooks.map(strip) };
}

/** Puts the place of the schema that an error names, or of the operation that has it, in front of the error. */
function withPlace(
  error: unknown,
  { definitions, operations, webhooks }: SchemaSet,
  locate: (pointer: string) => string,
): unknown {
  if (!(error instanceof ContractError)) return error;
  const [, name = ""] = /^schema (.*?): /.exec(error.message) ?? [];
  const isPart = (owner: string) => name === owner || name.startsWith(`${owner} `);
  const component = Object.hasOwn(definitions, name) ? name : Object.keys(definitions).find(isPart);
  const places = [
    ...(component === undefined ? [] : [["components", "schemas", component]]),
    ...Object.entries({ paths: operations, webhooks }).flatMap(([section, models]) => {
      const owners = models.filter(({ operation }) => isPart(operation.id));
      return owners.map(({ operation }) => [section, operation.path, operation.method]);
    }),
  ];
  const [path] = places;
  if (path === undefined) return error;
  return new ContractError(error.code, `${locate(formatPointer(path))}: ${error.message}`, { cause: error });
}
