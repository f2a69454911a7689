import { ContractError } from "../contract/contract-error.ts";
import { httpMethods } from "../contract/operation.ts";
import { formatPointer, isJsonObject, parsePointer, valueAt, type JsonObject } from "./json.ts";

/**
 * Gives each operation, those of webhooks too, an `operationId`, and puts path items that are references in place.
 *
 * A missing id derives from method and path, with `By` before a parameter: `GET /api/sandboxes/{id}` becomes
 * `getApiSandboxesById`.
 *
 * @param locate - says where a pointer is, for messages
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` when two operations end up with one id
 */
export function nameOperations(document: JsonObject, locate: (pointer: string) => string): JsonObject {
  const taken = new Map<string, string>();
  for (const section of ["paths", "webhooks"]) {
    const items = document[section];
    for (const [path, item] of Object.entries(isJsonObject(items) ? items : {})) {
      (items as JsonObject)[path] = nameItem(section, path, inPlace(document, item as JsonObject));
    }
  }
  return document;

  function nameItem(section: string, path: string, pathItem: JsonObject): JsonObject {
    for (const method of httpMethods) {
      const operation = pathItem[method];
      if (!isJsonObject(operation)) continue;
      const pointer = formatPointer([section, path, method]);
      const { operationId } = operation;
      const id = typeof operationId === "string" && operationId !== "" ? operationId : deriveOperationId(method, path);
      const name = typeName(id);
      const other = taken.get(name);
      if (other !== undefined) {
        const message = `${locate(pointer)}: this operation and ${other} are both named ${id}: give one its own operationId`;
        throw new ContractError("SPEC_UNSUPPORTED", message);
      }
      taken.set(name, pointer);
      operation["operationId"] = id;
    }
    return pathItem;
  }
}

/** What `types.ts` calls an operation: openapi-typescript takes a `#` for the start of a pointer. */
export function typeName(operationId: string): string {
  return operationId.replaceAll("#", "/");
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
