import type { PreviewAddress } from "./preview-address.ts";

/** What a port without an upstream shows of a request. */
export type ShownRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

/** A page for a port that nothing was put behind: the request as it arrived, behind the gate. */
export function renderRequestPage({ sandboxID, port }: PreviewAddress, request: ShownRequest): string {
  return page(
    `${sandboxID}, port ${port}`,
    `<p>The request came through. Nothing stands behind this port yet; to put your own server there, start the mock with
<code>--preview ${port}=http://127.0.0.1:5173</code>.</p>
<pre>${escape(`${request.method} ${request.path}\n${formatHeaders(request)}\n\n${request.body}`)}</pre>`,
  );
}

/** A page for a browser that came before its server: it tries again by itself. */
export function renderWaitingPage({ sandboxID, port }: PreviewAddress): string {
  return page(
    `Waiting for port ${port}`,
    `<p>Nothing listens behind port ${port} of ${escape(sandboxID)} yet. This page tries again every three seconds.</p>`,
    '<meta http-equiv="refresh" content="3">',
  );
}

function formatHeaders({ headers }: ShownRequest): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join("\n");
}

function page(title: string, body: string, head = ""): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${head}
<title>${escape(title)}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 12vh auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid color-mix(in srgb, currentcolor 25%, transparent); border-radius: 6px; }
</style>
<h1>${escape(title)}</h1>
${body}
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
