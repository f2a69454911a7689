import { createHash, timingSafeEqual } from "node:crypto";
import type { MockRequest } from "../kit/exchange.ts";

/** The header that carries the control token. */
const controlTokenHeader = "x-sandglass-control-token";

/**
 * Says why a request may not use the control API, or undefined where it may. From this machine no token is needed, but
 * the name under which the API was reached must be this machine's, and a page may ask only where it comes from the very
 * host and port that it asks: not from elsewhere, from another port of this machine, or from a preview.
 *
 * @param token - the control token of this mock; undefined where there is none, and then only this machine may
 */
export function refuseControl(request: MockRequest, token: string | undefined): string | undefined {
  const presented = request.header(controlTokenHeader);
  if (token !== undefined && presented !== undefined) {
    return sameText(presented, token) ? undefined : "the control token is wrong: send the one given to --control-token";
  }
  if (request.remoteAddress !== undefined && !isLoopbackAddress(request.remoteAddress)) {
    return token === undefined
      ? "the control API is for this machine alone: start the mock with --control-token to use it from elsewhere"
      : `send the control token in ${controlTokenHeader}`;
  }
  const host = request.header("host");
  if (host !== undefined && !isLoopbackHost(host)) {
    return `the control API is not served under the host name "${host}": use 127.0.0.1 or localhost`;
  }
  return refusePage(request, host);
}

/**
 * Says why a request may not have the inspector's page, or undefined where it may. From another machine it may where there is
 * a control token, which the page then asks for; a page of another origin may not open, frame or read it.
 */
export function refusePageRequest(request: MockRequest, token: string | undefined): string | undefined {
  const isElsewhere = request.remoteAddress !== undefined && !isLoopbackAddress(request.remoteAddress);
  return isElsewhere && token !== undefined
    ? refusePage(request, request.header("host"))
    : refuseControl(request, token);
}

/**
 * Refuses what a browser sends for a page of another origin. `Origin` is there with every such write, and
 * `Sec-Fetch-Site` with reads too: images, scripts, frames and links, which have no `Origin`.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 */
function refusePage(request: MockRequest, host: string | undefined): string | undefined {
  const origin = request.header("origin");
  const site = request.header("sec-fetch-site");
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return `pages of ${origin} may not use the control API: use it from a program, or from a page of its own origin`;
  }
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    return `pages of another origin may not use the control API (Sec-Fetch-Site: ${site}): use it from a program`;
  }
  return undefined;
}

function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Whether an address is this machine's own loopback. */
function isLoopbackAddress(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}
