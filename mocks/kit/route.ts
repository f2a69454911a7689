import { addRoute, createRouter, findRoute as find, type RouterContext } from "rou3";
import type { Operation } from "../../src/contract/operation.ts";

/** Where a request leads: to an operation, or to none but the methods that its path does have. */
export type Route = {
  readonly operationId: string | undefined;
  readonly params: Readonly<Record<string, string>>; // of the path template, decoded
  readonly allowed: readonly string[]; // methods of the path; none where no operation has such a path
};

const noParams = {};

/**
 * Makes a table of operations to look requests up in. Of two templates that fit a path, the contract means the one that
 * names more of it. A HEAD is a GET whose answer's body stays at home.
 *
 * @returns finds the route of an upper-case method and a path as it was sent, without its query
 */
export function createRouteFinder(
  operations: Readonly<Record<string, Pick<Operation, "id" | "method" | "path">>>,
): (method: string, path: string) => Route {
  const byMethod = createRouter<string>();
  const byPath = createRouter<readonly string[]>();
  for (const [template, sharing] of Map.groupBy(Object.values(operations), ({ path }) => path)) {
    const pattern = template.replaceAll(/\{([^}]+)\}/g, ":$1");
    for (const { id, method } of sharing) addRoute(byMethod, method.toUpperCase(), pattern, id);
    const methods = sharing.map(({ method }) => method.toUpperCase());
    addRoute(byPath, "", pattern, methods);
  }
  return (method, path) => {
    const found = lookUp(byMethod, method === "HEAD" ? "GET" : method, path);
    if (found !== undefined) {
      return { operationId: found.data, params: decodeParams(found.params), allowed: [] };
    }
    return { operationId: undefined, params: noParams, allowed: lookUp(byPath, "", path)?.data ?? [] };
  };
}

// The router passes over a slash at the end. Neither vendor does.
function lookUp<Data>(router: RouterContext<Data>, method: string, path: string) {
  return path.endsWith("/") ? undefined : find(router, method, path, { normalize: true });
}

function decodeParams(params: Readonly<Record<string, string>> = noParams): Readonly<Record<string, string>> {
  for (const name in params) if (params[name]!.includes("%")) return decodeAll(params);
  return params;
}

function decodeAll(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decode(value)]));
}

// What cannot be decoded is no id either way.
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
