import { formatHeader, type Origin } from "./header.ts";
import type { SchemaSet } from "./schema-set.ts";
import { formatKey, formatLiteral, indent } from "./source-text.ts";

/**
 * Writes the table of operations, and one of webhooks where there are any.
 *
 * @param operationTypeFrom - module that has the `Operation` type which the table is checked against; without it the
 *   file stands alone
 */
export function emitOperations(
  { operations, webhooks }: Pick<SchemaSet, "operations" | "webhooks">,
  origin: Origin,
  operationTypeFrom?: string,
): string {
  const imported = operationTypeFrom ? `\nimport type { Operation } from ${JSON.stringify(operationTypeFrom)};\n` : "";
  const checked = operationTypeFrom ? " satisfies Record<string, Operation>" : "";
  const tableOf = (models: typeof operations) => {
    const entries = models.map(({ operation }) => {
      return `  ${formatKey(operation.id)}: ${indent(formatLiteral(operation), 2)},\n`;
    });
    return `{\n${entries.join("")}} as const${checked};\n`;
  };
  const webhookTable = `
/** What a server that keeps the contract calls, by operation id; \`path\` is the name of the webhook. */
export const webhooks = ${tableOf(webhooks)}`;
  return `${formatHeader(origin)}${imported}
/** Every operation of the contract by its id. */
export const operations = ${tableOf(operations)}
export type OperationId = keyof typeof operations;
${webhooks.length === 0 ? "" : webhookTable}`;
}
