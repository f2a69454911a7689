import type { Exchange } from "../../law/exchange.ts";

/**
 * One request as a command for a shell. Header values and the URL stand in double quotes, so that `$SANDGLASS_KEY` in a masked
 * exchange is filled in by the shell; so it is where it stands in a body.
 *
 * @param via - where to connect to instead of what the host of the URL resolves to: a base URL
 */
export function formatCurl({ request }: Pick<Exchange, "request">, via?: string): string {
  const isUntyped = request.body !== undefined && request.headers["content-type"] === undefined;
  const headers = [
    ...Object.entries(request.headers).map(([name, value]) => `-H ${expanding(headerText(name, value))}`),
    ...(isUntyped ? ['-H "content-type:"'] : []), // else curl writes one of its own
  ];
  const body = request.body === undefined ? [] : [`--data-raw ${literal(request.body)}`];
  // Else a HEAD waits for a body, and of two slashes or dots in a path fewer would be sent.
  const method = request.method === "HEAD" ? "-I" : `-X ${request.method}`;
  const asItIs = /\/\.\.?(\/|$|\?)/.test(request.url) ? ["--path-as-is"] : [];
  const to = via === undefined ? [] : [`--connect-to "::${hostAndPort(via)}"`];
  return ["curl -i", method, ...asItIs, ...to, expanding(request.url), ...headers, ...body].join(" ");
}

/** With a colon curl leaves out a header that has no value. */
function headerText(name: string, value: string): string {
  return value === "" ? `${name};` : `${name}: ${value}`;
}

function hostAndPort(baseUrl: string): string {
  const { hostname, port, protocol } = new URL(baseUrl);
  return `${hostname}:${port === "" ? (protocol === "https:" ? "443" : "80") : port}`;
}

function expanding(text: string): string {
  return `"${text.replaceAll(/["\\`]|\$(?!\{?SANDGLASS_|\{ID_\d)/g, "\\$&")}"`;
}

/** No argument of a command can hold a NUL. */
function literal(text: string): string {
  const escaped = text.replaceAll("\0", "").replaceAll("'", `'\\''`);
  return `'${escaped.replaceAll(/\$SANDGLASS_\w+|\$\{SANDGLASS_\w+\}/g, (name) => `'"${name}"'`)}'`;
}
