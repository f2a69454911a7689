import type { Operation } from "../../src/contract/operation.ts";

/** Where a request leads: to an operation, or to none but the methods that its path does have. */
export type Route = {
  readonly operationId: string | undefined;
  readonly params: Readonly<Record<string, string>>; // of the path template, decoded
  readonly allowed: readonly string[]; // methods of the path; none where no operation has such a path
};

/** A place in the tree of path templates: what may follow it, and the operations whose template ends there. */
type Place = {
  readonly segments: { readonly text: string; readonly place: Place }[]; // each with the slash before it
  parameter: Place | undefined;
  readonly ends: Map<string, { readonly id: string; readonly names: readonly string[] }>; // by method, with its parameters
};

const createPlace = (): Place => ({ segments: [], parameter: undefined, ends: new Map() });
const anyMethod = "";
const noMethods: readonly string[] = [];

/**
 * Makes a table of operations to look requests up in. Of two templates that fit a path, the contract means the one that
 * names more of it. A HEAD is a GET whose answer's body stays at home.
 *
 * @returns finds the route of an upper-case method and a path as it was sent, without its query
 */
export function createRouteFinder(
  operations: Readonly<Record<string, Pick<Operation, "id" | "method" | "path">>>,
): (method: string, path: string) => Route {
  const root = createPlace();
  for (const { id, method, path } of Object.values(operations)) {
    const segments = path.match(/\/[^/]+/g) ?? [];
    const names = segments.filter(isParameter).map((segment) => segment.slice(2, -1));
    segments.reduce(enter, root).ends.set(method.toUpperCase(), { id, names });
  }
  return (method, sentPath) => {
    const path = withoutDots(sentPath);
    const asked = method === "HEAD" ? "GET" : method;
    const values: string[] = [];
    const end = descend(root, path, 0, asked, values)?.ends.get(asked);
    if (end !== undefined) return { operationId: end.id, params: nameValues(end.names, values), allowed: noMethods };
    const allowed = [...(descend(root, path, 0, anyMethod, [])?.ends.keys() ?? noMethods)];
    return { operationId: undefined, params: {}, allowed };
  };
}

const isParameter = (segment: string) => segment.startsWith("/{");

function enter(from: Place, text: string): Place {
  if (isParameter(text)) return (from.parameter ??= createPlace());
  const known = from.segments.find((segment) => segment.text === text)?.place;
  if (known !== undefined) return known;
  const place = createPlace();
  from.segments.push({ text, place });
  return place;
}

/** Finds the place that the rest of a path leads to and that has a method; `values` are given what stands for parameters. */
function descend(from: Place, path: string, at: number, method: string, values: string[]): Place | undefined {
  if (at === path.length)
    return from.ends.has(method) || (method === anyMethod && from.ends.size > 0) ? from : undefined;
  for (const { text, place } of from.segments) {
    const next = at + text.length;
    if (!path.startsWith(text, at) || (next < path.length && path[next] !== "/")) continue;
    const found = descend(place, path, next, method, values);
    if (found !== undefined) return found;
  }
  if (from.parameter === undefined || path[at] !== "/") return undefined;
  const slashAt = path.indexOf("/", at + 1);
  const next = slashAt === -1 ? path.length : slashAt;
  if (next === at + 1) return undefined; // neither vendor passes over a slash at the end, or one that is doubled
  values.push(path.slice(at + 1, next));
  const found = descend(from.parameter, path, next, method, values);
  if (found === undefined) values.pop();
  return found;
}

/** @see RFC 3986, section 5.2.4 */
function withoutDots(path: string): string {
  if (!path.includes("/.")) return path;
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.splice(1, Infinity, ...kept.slice(1, -1));
    else if (segment !== ".") kept.push(segment);
  }
  return kept.join("/");
}

function nameValues(names: readonly string[], values: readonly string[]): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (let at = 0; at < names.length; at += 1) params[names[at]!] = decode(values[at]!);
  return params;
}

// What cannot be decoded is no id either way.
function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
