import { query, type JSONPathNode } from "json-p3";
import { ContractError } from "../contract/contract-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";

export type OverlayOptions = {
  /** Says where an action is, for messages; by default `overlay /actions/3`. */
  readonly locate?: (pointer: string) => string;
  /**
   * Takes the message about an action whose target matches nothing. Without it such an action is an error: a contract
   * that moved on without its overlay must not look mended.
   */
  readonly onUnmatched?: (message: string) => void;
};

/**
 * Applies an OpenAPI Overlay 1.0 document, action by action, each on the result of the one before.
 *
 * `update` merges into every matched object: objects recursively, arrays by concatenation, everything else by
 * replacement, also where the two types differ. Into a matched array it concatenates an array and appends anything
 * else. `remove` deletes what is matched, and wins over `update`. Targets are RFC 9535 JSONPath.
 *
 * @returns a new document; both arguments are left as they are
 * @throws {@link ContractError} `SPEC_UNREADABLE` for a document that is not Overlay 1.0, a target that is not
 *   JSONPath, matches a value that cannot be updated, or (without `onUnmatched`) matches nothing
 * @see https://spec.openapis.org/overlay/v1.0.0.html
 */
export function applyOverlay(document: JsonValue, overlay: JsonValue, options: OverlayOptions = {}): JsonValue {
  const { locate = (pointer) => `overlay ${pointer}`, onUnmatched } = options;
  const result = structuredClone(document);
  actionsOf(overlay, locate).forEach((action, index) => {
    const where = locate(`/actions/${index}`);
    const { target } = action;
    if (typeof target !== "string") throw unreadable(`${where}: an action needs a \`target\`, a JSONPath string`);
    const nodes = nodesAt(result, target, where);
    if (nodes.length === 0) {
      const message = `${where}: target ${target} matches nothing: correct the target, or drop the action`;
      if (onUnmatched === undefined) throw unreadable(message);
      onUnmatched(message);
    }
    if (action["remove"] === true) removeNodes(result, nodes, where);
    else if (action["update"] !== undefined) updateNodes(nodes, action["update"], where);
    else throw unreadable(`${where}: an action needs \`update\` or \`remove: true\``);
  });
  return result;
}

function actionsOf(overlay: JsonValue, locate: (pointer: string) => string): JsonObject[] {
  const version = isJsonObject(overlay) ? overlay["overlay"] : undefined;
  if (!isJsonObject(overlay) || typeof version !== "string" || !/^1\.0\.\d+$/.test(version)) {
    const found = typeof version === "string" ? `\`overlay: ${version}\`` : "no `overlay` version";
    throw unreadable(
      `${locate("")}: ${found}; expected an OpenAPI Overlay document that starts with \`overlay: 1.0.0\``,
    );
  }
  const { actions } = overlay;
  if (!Array.isArray(actions) || !actions.every(isJsonObject)) {
    throw unreadable(`${locate("/actions")}: \`actions\` has to be a list of action objects`);
  }
  return actions;
}

function nodesAt(document: JsonValue, target: string, where: string): JSONPathNode[] {
  try {
    return query(target, document).nodes;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unreadable(`${where}: target ${target} is not an RFC 9535 JSONPath: ${reason}`, { cause });
  }
}

function updateNodes(nodes: readonly JSONPathNode[], update: JsonValue, where: string): void {
  for (const node of nodes) {
    const value = node.value as JsonValue;
    if (Array.isArray(value)) value.push(...structuredClone(Array.isArray(update) ? update : [update]));
    else if (isJsonObject(value) && isJsonObject(update)) merge(value, update);
    else
      throw unreadable(
        `${where}: ${node.toPointer().toString()} cannot be merged with this update: ${kinds(value, update)}`,
      );
  }
}

function kinds(value: JsonValue, update: JsonValue): string {
  if (!isJsonObject(value)) return "a target has to be an object or an array; to replace a value, update its parent";
  return `the target is an object and the update is ${Array.isArray(update) ? "an array" : "a plain value"}`;
}

function merge(target: JsonObject, update: JsonObject): void {
  for (const [key, entry] of Object.entries(update)) {
    const current = Object.hasOwn(target, key) ? target[key] : undefined;
    if (isJsonObject(current) && isJsonObject(entry)) merge(current, entry);
    else if (Array.isArray(current) && Array.isArray(entry)) current.push(...structuredClone(entry));
    else target[key] = structuredClone(entry);
  }
}

/** Removes from the last match to the first, so that an array's indexes stay true while it shrinks. */
function removeNodes(document: JsonValue, nodes: readonly JSONPathNode[], where: string): void {
  for (const { location } of nodes.toReversed()) {
    const key = location.at(-1);
    if (key === undefined) throw unreadable(`${where}: the whole document cannot be removed`);
    const parent = parentAt(document, location);
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (isJsonObject(parent)) delete parent[key];
  }
}

function parentAt(document: JsonValue, location: readonly (string | number)[]): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const step of location.slice(0, -1)) {
    value = (value as Record<string | number, JsonValue> | undefined)?.[step]; // gone already: its parent was removed
  }
  return value;
}

function unreadable(message: string, options?: ErrorOptions): ContractError {
  return new ContractError("SPEC_UNREADABLE", message, options);
}
