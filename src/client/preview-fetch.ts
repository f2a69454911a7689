import { lookup as lookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import type { Agent } from "undici";
import { failureOfRequest } from "./api-failure.ts";
import type { ResolvedOptions } from "./client-options.ts";
import { createSecretHeader } from "./credential.ts";
import { isBelowLocalhost, previewUrl, type PreviewTarget } from "./preview-address.ts";
import { createRedact } from "./redaction.ts";

export type { PreviewTarget };

/** What `fetch` takes, and how the token is shown. */
export type PreviewInit = RequestInit & {
  /** Header for the preview token. Default `X-OC-Preview-Token`, which leaves `Authorization` to the application. */
  readonly tokenIn?: "X-OC-Preview-Token" | "Authorization" | undefined;
};

export type PreviewFetch = {
  readonly fetch: (sandbox: PreviewTarget, port: number, path: string, init?: PreviewInit) => Promise<Response>;
  readonly close: () => Promise<void>;
};

/**
 * Creates the function that reaches ports of sandboxes, on undici: the platform's `fetch` lets nobody choose the address
 * behind a name. undici is loaded, and connections are made, with the first request.
 *
 * Redirects are handed back unless `init.redirect` says otherwise: a followed one would take `X-OC-Preview-Token` to
 * whatever host it names. Nothing is sent twice.
 */
export function createPreviewFetch(
  options: ResolvedOptions,
  { previewDomain, secrets }: { readonly previewDomain: string | undefined; readonly secrets: readonly string[] },
): PreviewFetch {
  const { baseUrl, timeoutMs } = options;
  let agent: Promise<Agent> | undefined;

  async function send(url: URL, init: RequestInit): Promise<Response> {
    if (options.ownFetch) return options.fetch(new Request(url, init));
    const undici = await import("undici");
    agent ??= Promise.resolve(
      new undici.Agent({
        connect: { lookup: lookupWithFallback(new URL(baseUrl).hostname), timeout: timeoutMs },
        headersTimeout: timeoutMs,
        bodyTimeout: 0, // streams may be silent for as long as they like
      }),
    );
    const dispatcher = await agent;
    const response = await undici.fetch(url, { ...init, dispatcher });
    return toPlatformResponse(response as unknown as Response);
  }

  return {
    async fetch(sandbox, port, path, { tokenIn = "X-OC-Preview-Token", ...init } = {}) {
      const url = previewUrl(sandbox, port, path, { baseUrl, previewDomain });
      const { previewAuthToken: token } = sandbox;
      const headers = new Headers(init.headers);
      headers.set("host", url.host); // what a `fetch` without a network routes by
      if (token) {
        const scheme = tokenIn === "Authorization" ? "Bearer" : undefined;
        headers.set(tokenIn, createSecretHeader("previewAuthToken", tokenIn, token, scheme).value);
      }
      const signals = [options.signal, init.signal].filter((one) => one !== undefined && one !== null);
      const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
      try {
        return await send(url, { redirect: "manual", ...init, headers, ...(signal && { signal }) });
      } catch (error) {
        const redact = createRedact([...secrets, token]);
        const isRepeatable = /^(GET|HEAD)$/i.test(init.method ?? "GET");
        const lost = { operation: "previewFetch", origin: url.origin, signal, timeoutMs, isRepeatable, redact };
        throw failureOfRequest(error, lost);
      }
    },
    async close() {
      const opened = await agent;
      agent = undefined;
      await opened?.destroy();
    },
  };
}

/** Resolves a name, or takes the address of `host` for names that nobody resolves. */
function lookupWithFallback(host: string): LookupFunction {
  const fallback = host.replace(/^\[|\]$/g, "");
  return (name, options, callback) => {
    if (isBelowLocalhost(name)) return lookupAddress(fallback, options, callback);
    lookupAddress(name, options, (error, address, family) => {
      if (error === null) callback(null, address, family);
      else lookupAddress(fallback, options, callback);
    });
  };
}

/** undici's `Response` is none of the platform's, which `instanceof` and other libraries would stumble over. */
function toPlatformResponse({ body, status, statusText, headers }: Response): Response {
  const isBodiless = [101, 204, 205, 304].includes(status);
  return new Response(isBodiless ? null : body, { status, statusText, headers: [...headers] });
}
