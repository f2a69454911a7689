import { ContractError } from "../contract/contract-error.ts";
import { showValue } from "../contract/printable.ts";
import { assertInteger } from "./client-options.ts";

/** A sandbox whose ports are to be reached: an answer to create, or its id and what else is known. */
export type PreviewTarget = {
  /** The sandbox's id, which begins its preview host names. */
  readonly sandboxID: string;
  /** Domain of its preview host names; the client's `previewDomain` by default. */
  readonly sandboxDomain?: string | undefined;
  /** Token that opens its gate. JSON and spreading leave it out of an answer: keep it by name. */
  readonly previewAuthToken?: string | undefined;
};

/**
 * Finds the URL of a port of a sandbox. The domain is the sandbox's own, else `previewDomain`, else `localhost` if the
 * base URL is on this machine. Scheme and port are the base URL's, unless that is https and the domain a public one: then
 * the port is the standard one.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for an id, port or domain that makes no host name
 */
export function previewUrl(
  { sandboxID, sandboxDomain }: PreviewTarget,
  port: number,
  path: string | URL | Request,
  { baseUrl, previewDomain }: { readonly baseUrl: string; readonly previewDomain?: string | undefined },
): URL {
  const base = new URL(baseUrl);
  const domain = sandboxDomain || previewDomain || (isLoopback(base.hostname) ? "localhost" : undefined);
  if (domain === undefined) {
    throw new ContractError("CONFIG_INVALID", "the domain of previews is unknown: give the client a previewDomain");
  }
  assertInteger("port", port, 1, 65535);
  // Anything else in these could make the URL that of another host, and the token would go there.
  if (typeof sandboxID !== "string" || !/^[0-9a-z-]+$/i.test(sandboxID)) {
    const seen = typeof sandboxID === "string" ? JSON.stringify(sandboxID) : typeof sandboxID;
    throw new ContractError(
      "CONFIG_INVALID",
      `sandboxID is ${seen}, which makes no host name: give a sandbox or its id`,
    );
  }
  if (!/^[0-9a-z.-]+(:\d+)?$/i.test(domain)) {
    throw new ContractError("CONFIG_INVALID", `preview domain ${JSON.stringify(domain)} makes no host name`);
  }
  const isPublic = base.protocol === "https:" && !isBelowLocalhost(domain.replace(/:\d+$/, ""));
  const listenerPort = base.port === "" || isPublic || /:\d+$/.test(domain) ? "" : `:${base.port}`;
  const origin = `${base.protocol}//${sandboxID}-p${port}.${domain}${listenerPort}`;
  const target = pathOf(path);
  return new URL(`${origin}${target.startsWith("/") ? "" : "/"}${target}`);
}

/** Of a whole URL, what stands behind the host: that is the sandbox's. */
function pathOf(path: string | URL | Request): string {
  if (typeof path === "string") return path;
  const { url, href = url } = (path ?? {}) as Partial<Record<"url" | "href", unknown>>;
  const whole = typeof href === "string" ? URL.parse(href) : null;
  if (whole !== null) return `${whole.pathname}${whole.search}`;
  const message = `path is ${showValue(path)}: give a path such as "/", a URL or a Request`;
  throw new ContractError("CONFIG_INVALID", message);
}

/** Names that mean this machine, which resolvers are not bound to know. @see RFC 6761, section 6.3 */
export function isBelowLocalhost(name: string): boolean {
  return /(^|\.)localhost$/i.test(name);
}

function isLoopback(hostname: string): boolean {
  return isBelowLocalhost(hostname) || /^127\./.test(hostname) || hostname === "[::1]";
}
