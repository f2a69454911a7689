import { formatHeader, type Origin } from "./header.ts";
import type { OperationModel } from "./contract-model.ts";
import { formatKey, formatLiteral, indent } from "./source-text.ts";

/**
 * Writes the table of operations.
 *
 * @param operationTypeFrom - module that has the `Operation` type which the table is checked against; without it the
 *   file stands alone
 */
export function emitOperations(models: readonly OperationModel[], origin: Origin, operationTypeFrom?: string): string {
  const entries = models.map(
    ({ operation }) => `  ${formatKey(operation.id)}: ${indent(formatLiteral(operation), 2)},\n`,
  );
  const imported = operationTypeFrom ? `\nimport type { Operation } from ${JSON.stringify(operationTypeFrom)};\n` : "";
  const checked = operationTypeFrom ? " satisfies Record<string, Operation>" : "";
  return `${formatHeader(origin)}${imported}
/** Every operation of the contract by its id. */
export const operations = {
${entries.join("")}} as const${checked};

export type OperationId = keyof typeof operations;
`;
}
