import type { RunContract } from "../law/contract.ts";
import type { Exchange } from "../law/exchange.ts";

/**
 * What a request of a recording is about. `call`: an operation of the contract, or a preview, under the name "preview" with
 * its id and port; `unknown`: it went to the API, which has no such operation; `elsewhere`: it went to another host.
 */
type Found =
  | {
      readonly kind: "call";
      readonly operation: string;
      readonly path: Readonly<Record<string, string>>;
      readonly origin: string;
    }
  | { readonly kind: "unknown"; readonly what: string; readonly origin: string }
  | { readonly kind: "elsewhere"; readonly host: string };

/** Which requests go to the API; without both, those whose path is one of its operations'. */
export type Reach = {
  /** Base URLs of the API, as far as the contract's own paths begin. */
  readonly baseUrls?: readonly string[] | undefined;
  /** Hosts of the API, each with its port where it has one. */
  readonly hosts?: readonly string[] | undefined;
};

/** Creates what finds the operation of a request. */
export function createCallFinder(contract: RunContract, { baseUrls = [], hosts = [] }: Reach) {
  const routes = contract.operations.map(({ id, method, path }) => ({ id, method, fit: templateFitter(path) }));
  const gate = contract.previews === undefined ? undefined : previewPattern(contract.previews.template);
  const bases = baseUrls.map((text) => new URL(text));
  const isGuessed = bases.length + hosts.length === 0;
  const seen = new Set<string>(); // origins that were taken for the API

  /** The path of the contract that a URL leads to, where it leads to the API. */
  const pathOf = ({ origin, host, pathname }: URL): string | undefined => {
    const base = bases.find((each) => each.origin === origin && pathname.startsWith(each.pathname.replace(/\/$/, "")));
    if (base !== undefined) return pathname.slice(base.pathname.replace(/\/$/, "").length);
    return hosts.includes(host) || isGuessed ? pathname : undefined;
  };
  const preview = (host: string): Record<string, string> | undefined => {
    const { id, port } = gate?.exec(host)?.groups ?? {};
    return id !== undefined && port !== undefined && contract.isId(id) ? { id, port } : undefined;
  };
  return {
    find: ({ method, url, headers }: Exchange["request"]): Found => {
      const to = new URL(url);
      const path = preview(to.host) ?? preview(headers["host"] ?? "");
      if (path !== undefined) return { kind: "call", operation: "preview", path, origin: to.origin };
      const pathname = pathOf(to);
      const fitting = pathname === undefined ? [] : routes.filter(({ fit }) => fit(pathname) !== undefined);
      if (fitting.length > 0) seen.add(to.origin);
      const own = fitting.find((route) => route.method === method.toLowerCase());
      if (own !== undefined) return { kind: "call", operation: own.id, path: own.fit(pathname!)!, origin: to.origin };
      if (pathname === undefined || (isGuessed && !seen.has(to.origin))) return { kind: "elsewhere", host: to.host };
      return { kind: "unknown", what: `${method} ${pathname}`, origin: to.origin };
    },
    /** The origins that were taken for the API, whether or not that was said. */
    origins: (): readonly string[] => [...seen],
    isGuessed,
  };
}

/** What takes the values of a path's template out of a path, decoded; undefined where the path does not fit. */
function templateFitter(template: string): (path: string) => Record<string, string> | undefined {
  const pattern = new RegExp(`^${fill(template, (name) => `(?<${name}>[^/]+)`)}$`);
  return (path) => {
    const match = pattern.exec(path);
    if (match === null) return undefined;
    return Object.fromEntries(Object.entries(match.groups ?? {}).map(([name, value]) => [name, decoded(value)]));
  };
}

function previewPattern(template: string): RegExp {
  const forms: Readonly<Record<string, string>> = { port: "\\d{1,5}", domain: ".+" };
  return new RegExp(`^${fill(template, (name) => `(?<${name}>${forms[name] ?? ".+"})`)}$`);
}

function fill(template: string, write: (name: string) => string): string {
  return template
    .split(/\{([^}]+)\}/)
    .map((part, index) => (index % 2 === 1 ? write(part) : part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")))
    .join("");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
