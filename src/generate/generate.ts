import { join } from "node:path";
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
import { type Write, writeText } from "./text-file.ts";

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
  /** What was left out and why, for people: `where: what`. */
  readonly warnings: readonly string[];
};

/**
 * Generates everything that derives from one OpenAPI document; the same documents give the same bytes. The files are written as
 * they are made: in memory are the document and what is made of it at once, but no file's text.
 *
 * @param folder - an empty folder, which takes the files
 * @throws {@link ContractError} `SPEC_UNREADABLE` or `SPEC_UNSUPPORTED`, with file, line and JSON pointer
 */
export async function generate(options: GenerateOptions, folder: string): Promise<Generated> {
  const { origin, typesFrom = "./types.js", operationTypeFrom, client = true, onStep = () => undefined } = options;
  onStep("reading and checking the document");
  const { document, warnings, locate } = await loadEffectiveDocument(options);
  const set = collectSchemas(document);
  onStep("zod schemas");
  const write = <T>(name: string, emit: (write: Write) => T | Promise<T>) => writeText(join(folder, name), emit);
  const asked = await write("schemas.ts", (write) => emitSchemas(set, { origin, typesFrom, write }));
  onStep("validators and types");
  // The validators first: those of a large document are compiled beside the rest.
  const emitted = await Promise.allSettled([
    emitValidators(set, { origin, typesFrom, folder, asked }).catch((error: unknown) => {
      throw withPlace(error, set, locate);
    }),
    write("types.ts", (write) => emitTypes(document, { origin, write })),
  ]);
  for (const one of emitted) if (one.status === "rejected") throw one.reason; // nothing writes any more
  await write("openapi.json", (write) => emitDocument(document, { origin, write }));
  // Evidence is how our own contracts rank their sources: `satisfies Operation` holds them to its list.
  const tables = operationTypeFrom === undefined ? withoutEvidence(set) : set;
  await write("operations.ts", (write) => write(emitOperations(tables, origin, operationTypeFrom)));
  if (client) await write("client.ts", (write) => write(emitClient(origin, typesFrom)));
  return { warnings: [...warnings, ...set.warnings] };
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
