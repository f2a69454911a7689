import type { IncomingMessage } from "node:http";
import { parsePreviewAddress } from "../../mocks/opencomputer/preview-address.ts";

/** Where a request goes on to. */
type ProxyRoute = {
  /** Where it leads, as the target knows it: `https://sandboxes.example`, `https://sb-1f0c-p3000.sandboxes.example`. */
  readonly origin: string;
  readonly path: string; // with its query
  /** What is connected to, and the `Host` that it is told. */
  readonly target: string;
  readonly host: string;
  /** `shares-origin`: it was asked for by its path, under the host and port of the API. */
  readonly preview: "no" | "by-host" | "shares-origin";
};

/** Where an API and its previews are. */
export type RouteOptions = {
  readonly target: string;
  /** Whether the contract has previews. */
  readonly hasPreviews: boolean;
  /** What follows `sb-<id>-p<port>.` at the target. Default: what the app has asked for, where the target is on this machine. */
  readonly previewDomain?: string | undefined;
};

/**
 * Finds where a request goes on to. The previews of a target on this machine are at its own address, whatever their names
 * resolve to; those of another are at their names, only below the domain that was given: nothing else is a way out.
 *
 * @returns a sentence where there is no way to a preview
 */
export function routeRequest(
  incoming: Pick<IncomingMessage, "headers" | "url">,
  { target, hasPreviews, previewDomain }: RouteOptions,
): ProxyRoute | string {
  const { protocol, host, hostname } = new URL(target);
  const address = hasPreviews ? parsePreviewAddress(incoming) : undefined;
  if (address === undefined) return { origin: target, path: incoming.url ?? "/", target, host, preview: "no" };
  const { sandboxID, port, domain, path, sharesOrigin } = address;
  const isHere = /(^|\.)localhost$|^127\.|^\[::1\]$/.test(hostname);
  if (!isHere && previewDomain === undefined) return "say where the previews are, with --preview-domain";
  const asked = sharesOrigin ? `${domain}.localhost`.replace(/^\./, "") : domain;
  const name = `${sandboxID}-p${port}.${previewDomain ?? asked}`;
  // Where redirects of what is behind it lead back to.
  const listener = previewDomain === undefined ? (/:\d+$/.exec(incoming.headers.host ?? "")?.[0] ?? "") : "";
  const preview = sharesOrigin ? "shares-origin" : "by-host";
  const origin = `${protocol}//${name}`;
  return isHere
    ? { origin, path, target, host: `${name}${listener}`, preview }
    : { origin, path, target: origin, host: name, preview };
}
