import { ContractError } from "../contract/contract-error.ts";
import { httpMethods } from "../contract/operation.ts";
import { formatPointer, parsePointer } from "../contract/json-pointer.ts";
import { isJsonObject, valueAt, type JsonObject } from "./json.ts";

export type NamingOptions = {
  /** Says where a pointer is, for messages. */
  readonly locate: (pointer: string) => string;
  /** Takes the message about an operation whose name another one has, and which gets a new one. Without it, that is an error. */
  readonly onRenamed?: (message: string) => void;
};

/**
 * Gives each operation, those of webhooks too, an `operationId`, and puts path items that are references in place.
 *
 * A missing id derives from method and path, with `By` before a parameter: `GET /api/sandboxes/{id}` becomes
 * `getApiSandboxesById`. So does one that another operation has, with a number where that is taken as well.
 *
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` when two operations end up with one id, and `onRenamed` is missing
 */
export function nameOperations(document: JsonObject, { locate, onRenamed }: NamingOptions): JsonObject {
  const taken = new Map<string, string>();
  for (const section of ["paths", "webhooks"]) {
    const items = document[section];
    for (const [path, item] of Object.entries(isJsonObject(items) ? items : {})) {
      if (isJsonObject(item)) (items as JsonObject)[path] = nameItem(section, path, inPlace(document, item));
    }
  }
  return document;

  function nameItem(section: string, path: string, pathItem: JsonObject): JsonObject {
    for (const method of httpMethods) {
      const operation = pathItem[method];
      if (!isJsonObject(operation)) continue;
      const pointer = formatPointer([section, path, method]);
      const { operationId } = operation;
      const wanted =
        typeof operationId === "string" && operationId !== "" ? operationId : deriveOperationId(method, path);
      const other = taken.get(typeName(wanted));
      const id = other === undefined ? wanted : freeId(deriveOperationId(method, path), taken);
      if (other !== undefined) {
        const message = `${locate(pointer)}: this operation and ${other} are both named ${wanted}`;
        if (onRenamed === undefined) {
          throw new ContractError("SPEC_UNSUPPORTED", `${message}: give one its own operationId`);
        }
        onRenamed(`${message}: it is generated as ${id}, until it has an operationId of its own`);
      }
      taken.set(typeName(id), pointer);
      operation["operationId"] = id;
    }
    return pathItem;
  }
}

/** What `types.ts` calls an operation: openapi-typescript takes a `#` for the start of a pointer. */
export function typeName(operationId: string): string {
  return operationId.replaceAll("#", "/");
}

function freeId(stem: string, taken: ReadonlyMap<string, string>): string {
  let id = stem;
  for (let count = 2; taken.has(id); count += 1) id = `${stem}${count}`;
  return id;
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
