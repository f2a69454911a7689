import { ContractError } from "../contract/contract-error.ts";
import { describeTlsFailure } from "../contract/tls-failure.ts";
import { decodeText, displayPath } from "./source-document.ts";

const limits = { bytesMax: 100 * 1024 * 1024, timeoutMs: 120_000 };
const redirectsMax = 5;

/** Advice for what goes wrong before there is an answer, by the code of the system. */
const advice: Readonly<Record<string, string>> = {
  ENOTFOUND: "no such host: correct the address",
  EAI_AGAIN: "the name of the host cannot be looked up now: try again",
  ECONNREFUSED: "nothing answers there: correct the address",
  ECONNRESET: "the connection was cut: try again",
  UND_ERR_CONNECT_TIMEOUT: "no connection within ten seconds: check the address and the proxy (HTTPS_PROXY)",
};

/**
 * Loads a document from the network, through the proxy that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name. At most 100
 * MiB, within two minutes, over five redirects, none of which leads from https to http.
 *
 * @throws {@link ContractError} `SPEC_UNREADABLE` for an address that cannot be asked, an answer that is not 200, and
 *   limits that are passed
 */
export async function fetchDocument(address: string, { bytesMax, timeoutMs } = limits): Promise<string> {
  const { EnvHttpProxyAgent, fetch } = await import("undici"); // a user's own document is a file most of the time
  const dispatcher = new EnvHttpProxyAgent();
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    let url = parseAddress(address, address);
    for (let redirects = 0; redirects <= redirectsMax; redirects += 1) {
      const response = await fetch(url, { dispatcher, signal, redirect: "manual", headers: { accept: "*/*" } });
      const location = response.headers.get("location");
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
        if (response.status !== 200) throw refused(address, statusText(response.status));
        return decodeText(address, await readBytes(address, response.body, bytesMax));
      }
      await response.body?.cancel();
      const next = parseAddress(address, new URL(location, url).href);
      if (url.protocol === "https:" && next.protocol === "http:")
        throw refused(address, "it redirects from https to http");
      url = next;
    }
    throw refused(address, `it redirects more than ${redirectsMax} times`);
  } catch (cause) {
    if (cause instanceof ContractError) throw cause;
    if (signal.aborted) throw refused(address, `it took more than ${timeoutMs / 1000} s`, cause);
    throw refused(address, reasonOf(cause), cause);
  } finally {
    await dispatcher.destroy();
  }
}

function parseAddress(address: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw refused(address, "it is no http or https address");
  if (url.username !== "" || url.password !== "") {
    throw refused(address, "it holds a password, which would not be sent: load it yourself, and name the file");
  }
  return url;
}

function statusText(status: number): string {
  const hints: Record<number, string> = {
    401: ", which asks for a credential: load it yourself, and name the file",
    403: ", which asks for a credential: load it yourself, and name the file",
    404: ": there is no such document: correct the address",
  };
  return `the answer is ${status}${hints[status] ?? ", where 200 was expected"}`;
}

async function readBytes(
  address: string,
  body: AsyncIterable<Uint8Array> | null,
  bytesMax: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw refused(address, `it has more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The reason is inside of `fetch failed`, or within that inside of one error for each address of the host. */
function reasonOf(cause: unknown): string {
  let error = cause as { code?: string; cause?: unknown; errors?: unknown[]; message?: string };
  for (let depth = 0; depth < 5 && error.code === undefined; depth += 1) {
    const inner = error.cause ?? error.errors?.[0];
    if (inner === undefined) break;
    error = inner as typeof error;
  }
  return describeTlsFailure(error) ?? advice[error.code ?? ""] ?? error.message ?? "for no reason that is told";
}

function refused(address: string, reason: string, cause?: unknown): ContractError {
  return new ContractError("SPEC_UNREADABLE", `${displayPath(address)}: the document cannot be loaded: ${reason}`, {
    cause,
  });
}
