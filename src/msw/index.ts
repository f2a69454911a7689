import { bypass, http, type HttpHandler } from "msw";
import type { ContractName, Mock } from "../../mocks/index.ts";
import { ContractError } from "../contract/contract-error.ts";

// A page loads this module too: of the mock it has types alone, and of ours what needs no Node.

/** Which requests go to which mock. */
export type SandboxHandlersOptions = {
  /** The contract of the API that is called. */
  readonly contract: ContractName;
  /** Where the app believes the API to be, with no path: `https://app.opencomputer.dev`. */
  readonly origin: string;
  /** A mock in this process, or the address of one that runs: `http://127.0.0.1:4020`. A page's has to run with `--cors`. */
  readonly mock: Pick<Mock, "fetch"> | string;
  /** A key of the world that is to answer, in the place of the one that the app sends. By default the app's own is sent. */
  readonly key?: string | undefined;
};

/**
 * Makes MSW's handlers of a mock: whatever the app sends to the API of a contract is answered by the mock, in the world of
 * its key, by that world's clock. Previews by their host names are answered too, HTTP alone: WebSockets are not.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for an origin or an address that is none
 */
export function createSandboxHandlers(options: SandboxHandlersOptions): HttpHandler[] {
  const { contract, mock, key } = options;
  const origin = originOf("origin", options.origin);
  const send = typeof mock === "string" ? sendTo(originOf("mock", mock)) : askHere(mock, contract);
  const api = http.all(`${origin}/*`, async ({ request }) => send(request.url, await readRequest(request, key)));
  if (contract !== "opencomputer") return [api];
  // A token opens a preview, and the host name says of which sandbox it is: no key goes along.
  const previews = http.all(previewUrl, async ({ request: { url }, request }) =>
    send(typeof mock === "string" ? previewPath(url) : url, await readRequest(request)),
  );
  return [api, previews];
}

const previewUrl = /^https?:\/\/(sb-[0-9a-z-]+)-p(\d+)\.[^/]+(\/.*)/;

/** Where a mock that runs has a preview for callers that cannot choose a host name, which a page cannot. */
function previewPath(url: string): string {
  const { origin } = new URL(url);
  return url.replace(previewUrl, `${origin}/__sandglass/preview/$1/$2$3`);
}

type Send = (url: string, init: RequestInit) => Promise<Response>;

function askHere(mock: Pick<Mock, "fetch">, contract: ContractName): Send {
  return (url, init) => mock.fetch(contract, new Request(url, init));
}

/** Sends requests on, past MSW. */
function sendTo(origin: string): Send {
  return (url, init) => {
    const { pathname, search } = new URL(url);
    // Of an address, since what is made of a Request has a stream for a body, which browsers send over HTTP/2 alone.
    return fetch(bypass(new URL(pathname + search, origin), init));
  };
}

/** All of a request but its address, with another key. Cookies stay where they belong. */
async function readRequest(request: Request, key?: string): Promise<RequestInit> {
  const headers = new Headers(request.headers);
  if (key !== undefined) {
    if (headers.has("x-api-key")) headers.set("x-api-key", key);
    if (headers.has("authorization")) headers.set("authorization", `Bearer ${key}`);
  }
  const { method, signal } = request;
  const hasBody = method !== "GET" && method !== "HEAD";
  return { method, headers, signal, credentials: "omit", ...(hasBody ? { body: await request.arrayBuffer() } : {}) };
}

function originOf(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === "/") return url.origin;
  throw new ContractError(
    "CONFIG_INVALID",
    `createSandboxHandlers: ${name} is no address without a path: give https://HOST`,
  );
}
