import type { Operation } from "../../../src/contract/operation.ts";
import { formatPointer } from "../../../src/contract/json-pointer.ts";

/** A JSON pointer into a contract's document, as laws name their source: "#/paths/~1api~1sandboxes/post/responses/201". */
export function operationPointer({ path, method }: Operation, ...rest: readonly string[]): string {
  return `#${formatPointer(["paths", path, method, ...rest])}`;
}
