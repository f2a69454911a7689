import type { Exchange } from "../../target/exchange.ts";

/**
 * One request as a command for a shell. Header values and the URL stand in double quotes, so that `$SANDGLASS_KEY` in a masked
 * exchange is filled in by the shell; so it is where it stands in a body.
 */
export function formatCurl({ request }: Pick<Exchange, "request">): string {
  const headers = Object.entries(request.headers).map(([name, value]) => `-H ${expanding(`${name}: ${value}`)}`);
  const body = request.body === undefined ? [] : [`--data-raw ${literal(request.body)}`];
  return ["curl -i", `-X ${request.method}`, expanding(request.url), ...headers, ...body].join(" ");
}

function expanding(text: string): string {
  return `"${text.replaceAll(/["\\`]|\$(?!SANDGLASS_|ID_\d)/g, "\\$&")}"`;
}

function literal(text: string): string {
  const escaped = text.replaceAll("'", `'\\''`);
  return `'${escaped.replaceAll(/\$SANDGLASS_\w+/g, (name) => `'"${name}"'`)}'`;
}
