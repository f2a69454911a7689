import type { IncomingMessage } from "node:http";

/** What a request to a preview is for. */
export type PreviewAddress = {
  readonly sandboxID: string;
  readonly port: number; // as it was asked for, which may be none that there is
  readonly domain: string; // what follows in the host name, without the listener's port; in the path form the world or ""
  readonly path: string; // what the upstream is asked for, query included
  readonly sharesOrigin: boolean; // whether it is reached by its path, under the host and port of the API
};

const hostForm = /^(sb-[0-9a-z-]+)-p(\d+)\.([0-9a-z.-]+?)(?::\d+)?$/;
const mayBeForm = /^sb-/i; // which most host names are not
const pathForm = /^\/__sandglass\/preview\/(?:(\w+)\/)?(sb-[0-9a-z-]+)\/(\d+)(?=\/|\?|$)/;

/**
 * Reads the address of a preview: from the host name `sb-<id>-p<port>.<domain>`, or from a path
 * `/__sandglass/preview/<id>/<port>/…` for callers that cannot choose the host name. `…/preview/<world>/<id>/…` names the world.
 *
 * @returns undefined where the request is for the API
 */
export function parsePreviewAddress({
  headers,
  url = "/",
}: Pick<IncomingMessage, "headers" | "url">): PreviewAddress | undefined {
  const { host = "" } = headers;
  const byHost = mayBeForm.test(host) ? hostForm.exec(host.toLowerCase()) : null;
  if (byHost !== null) {
    return { sandboxID: byHost[1]!, port: Number(byHost[2]), domain: byHost[3]!, path: url, sharesOrigin: false };
  }
  const byPath = pathForm.exec(url);
  if (byPath === null) return undefined;
  const rest = url.slice(byPath[0].length);
  const path = rest.startsWith("/") ? rest : `/${rest}`;
  return { sandboxID: byPath[2]!, port: Number(byPath[3]), domain: byPath[1] ?? "", path, sharesOrigin: true };
}
