import { createHash, timingSafeEqual } from "node:crypto";
import type { MockRequest } from "../kit/exchange.ts";

/** The header that carries the control token. */
export const controlTokenHeader = "x-sandglass-control-token";

/**
 * Says why a request may not use the control API, or undefined where it may. From this machine no token is needed, but
 * the names by which it was reached must be this machine's too: a page from elsewhere, or a host name that was made to
 * lead here, is not its developer.
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
  const origin = request.header("origin");
  if (origin !== undefined && !isLoopbackOrigin(origin)) {
    return `pages from ${origin} may not use the control API`;
  }
  return undefined;
}

function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Whether an address is this machine's own loopback. */
export function isLoopbackAddress(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}

function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopbackHost(new URL(origin).host);
}
