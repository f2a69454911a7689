import { ContractError } from "../contract/contract-error.ts";
import { httpMethods } from "../contract/operation.ts";
import { formatPointer, isJsonObject, parsePointer, valueAt, type JsonObject } from "./json.ts";

/**
 * Gives each operation an `operationId`, and puts path items that are references in place.
 *
 * A missing id derives from method and path, with `By` before a parameter: `GET /api/sandboxes/{id}` becomes
 * `getApiSandboxesById`.
 *
 * @param locate - says where a pointer is, for messages
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` when two operations end up with one id
 */
export function nameOperations(document: JsonObject, locate: (pointer: string) => string): JsonObject {
  const taken = new Map<string, string>();
  const { paths } = document;
  for (const [path, item] of Object.entries(isJsonObject(paths) ? paths : {})) {
    const pathItem = inPlace(document, item as JsonObject);
    (paths as JsonObject)[path] = pathItem;
    for (const method of httpMethods) {
      const operation = pathItem[method];
      if (!isJsonObject(operation)) continue;
      const pointer = formatPointer(["paths", path, method]);
      const { operationId } = operation;
      const id = typeof operationId === "string" ? operationId : deriveOperationId(method, path);
      const other = taken.get(id);
      if (other !== undefined) {
        const message = `${locate(pointer)}: this operation and ${other} are both named ${id}: give one its own operationId`;
        throw new ContractError("SPEC_UNSUPPORTED", message);
      }
      taken.set(id, pointer);
      operation["operationId"] = id;
    }
  }
  return document;
}

/** Derives an id from method and path: `("post", "/api/sandboxes")` gives `postApiSandboxes`. */
export function deriveOperationId(method: string, path: string): string {
  const words = path.split("/").flatMap((segment) => {
    const name = segment.replace(/\{([^}]*)\}/g, " by $1");
    return name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  });
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function inPlace(document: JsonObject, item: JsonObject): JsonObject {
  const { $ref, ...own } = item;
  if (typeof $ref !== "string") return item;
  const target = valueAt(document, parsePointer($ref));
  return isJsonObject(target) ? { ...inPlace(document, structuredClone(target)), ...own } : item;
}
