import { lookup as lookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import type { Dispatcher } from "undici";
import { ContractError } from "../contract/contract-error.ts";
import { failureOfRequest } from "./api-failure.ts";
import { nothingSent, type ResolvedOptions } from "./client-options.ts";
import { createSecretHeader } from "./credential.ts";
import { isBelowLocalhost, previewUrl, type PreviewTarget } from "./preview-address.ts";
import { assertPreviewInit, toRequestInit, withFormOf, type BodyClasses, type PreviewInit } from "./preview-request.ts";
import { copyWithoutSecrets, createRedact, type Redact } from "./redaction.ts";

export type { PreviewInit, PreviewTarget };

export type PreviewFetch = {
  readonly fetch: (
    sandbox: PreviewTarget,
    port: number,
    path: string | URL | Request,
    init?: PreviewInit | Request,
  ) => Promise<Response>;
  readonly close: () => Promise<void>;
};

/**
 * Creates the function that reaches ports of sandboxes, on undici: the platform's `fetch` lets no caller choose the address
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
  let network: Network | undefined;

  return {
    async fetch(sandbox, port, path, init = {}) {
      assertPreviewInit(init);
      const url = previewUrl(sandbox, port, path, { baseUrl, previewDomain });
      const { previewAuthToken: token } = sandbox;
      const redact = createRedact([...secrets, token]);
      const source = typeof path === "string" || path instanceof URL ? undefined : path;
      const { tokenIn = "X-OC-Preview-Token", ...given } = { ...toRequestInit(source), ...toRequestInit(init) };
      const headers = headersOf(given.headers);
      headers.set("host", url.host); // what a `fetch` without a network routes by
      if (token) {
        const scheme = tokenIn === "Authorization" ? "Bearer" : undefined;
        headers.set(tokenIn, createSecretHeader("previewAuthToken", tokenIn, token, scheme).value);
      }
      const signals = [options.signal, given.signal].filter((one) => one !== undefined && one !== null);
      const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
      network ??= options.ownFetch ? ownNetwork(options) : await openNetwork(options);
      const { send, classes } = network;
      const request = requestOf(
        url,
        { redirect: "manual", ...given, headers, ...(signal && { signal }) },
        classes,
        redact,
      );
      try {
        return toPlatformResponse(await send(request), isTokenMissing(headers));
      } catch (error) {
        const isRepeatable = /^(GET|HEAD)$/i.test(request.method);
        const lost = { operation: "previewFetch", origin: url.origin, signal, timeoutMs, isRepeatable, redact };
        throw failureOfRequest(error, lost);
      }
    },
    async close() {
      const opened = network;
      network = undefined;
      await opened?.close();
    },
  };
}

/** What sends requests, and the classes that it knows bodies by. */
type Network = {
  readonly send: (request: Request) => Response | Promise<Response>;
  readonly classes: BodyClasses;
  readonly close: () => Promise<void>;
};

function ownNetwork({ fetch }: ResolvedOptions): Network {
  return { send: fetch, classes: { Request, FormData }, close: () => Promise.resolve() };
}

/** Through the proxies that the environment names, as curl does; names below localhost are this machine's own. */
async function openNetwork({ baseUrl, timeoutMs }: ResolvedOptions): Promise<Network> {
  const undici = await import("undici");
  const exempt = process.env["no_proxy"] ?? process.env["NO_PROXY"] ?? "";
  let dispatcher: Dispatcher;
  try {
    dispatcher = new undici.EnvHttpProxyAgent({
      connect: { lookup: lookupWithFallback(new URL(baseUrl).hostname), timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: 0, // streams may be silent for as long as they like
      noProxy: exempt.trim() === "*" ? "*" : `localhost,${exempt}`,
    });
  } catch {
    // The platform's message may quote the URL, which may hold a password.
    const message = "HTTP_PROXY or HTTPS_PROXY in the environment is no URL of a proxy, such as http://127.0.0.1:3128";
    throw new ContractError("CONFIG_INVALID", message);
  }
  const { Request, FormData } = undici;
  return {
    send: async (request) => (await undici.fetch(request, { dispatcher })) as never,
    classes: { Request, FormData } as unknown as BodyClasses,
    close: () => dispatcher.destroy(),
  };
}

/** @throws {@link ContractError} `CONFIG_INVALID`; its message shows no value, which may be a secret */
function headersOf(headers: RequestInit["headers"]): Headers {
  try {
    return new Headers(headers);
  } catch {
    const message = "previewFetch: a header's name or value has a character that HTTP does not allow. Nothing was sent";
    throw new ContractError("CONFIG_INVALID", message);
  }
}

/** @throws {@link ContractError} `CONFIG_INVALID` for a body or method that cannot be sent, such as a GET with a body */
function requestOf(url: URL, init: RequestInit, { Request, FormData }: BodyClasses, redact: Redact): Request {
  try {
    return new Request(url, withFormOf(FormData, init));
  } catch (error) {
    const cause = copyWithoutSecrets(error, redact);
    throw new ContractError("CONFIG_INVALID", `previewFetch: ${cause.message.replace(/\.+$/, "")}${nothingSent}`, {
      cause,
    });
  }
}

function isTokenMissing(headers: Headers): boolean {
  return !headers.has("x-oc-preview-token") && !headers.has("authorization");
}

/** Resolves a name, or takes the address of `host` for names that do not resolve. */
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

/**
 * undici's `Response` is none of the platform's, which `instanceof` and other libraries would stumble over.
 *
 * Where the gate asks for the token that the caller's sandbox has lost, the status text says where it went.
 */
function toPlatformResponse(response: Response, tokenIsMissing: boolean): Response {
  const { body, status, statusText, headers } = response;
  const isOfGate = status === 401 && headers.get("www-authenticate")?.includes('realm="preview"') === true;
  const isLost = isOfGate && tokenIsMissing;
  if (response instanceof Response && !isLost) return response;
  const isBodiless = [101, 204, 205, 304].includes(status);
  const text = isLost ? tokenLost : statusText;
  return new Response(isBodiless ? null : body, { status, statusText: text, headers: [...headers] });
}

const tokenLost =
  "Unauthorized (the sandbox has no previewAuthToken: JSON, spreading and structuredClone leave it out, so keep it by name)";
