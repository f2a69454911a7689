import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { WebSocketServer } from "ws";
import { toBytes } from "./http.ts";
import type { Answer, Asked, Upgrade } from "./http.ts";

/** Which sandbox and port a host name means. */
export type PreviewHost = { readonly id: string; readonly port: number };

/** Reads `sb-<id>-p<port>.<domain>`; undefined for other host names. */
export function parsePreviewHost(host: string): PreviewHost | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  const dot = name.indexOf(".");
  const cut = name.slice(0, dot).lastIndexOf("-p");
  const [id, port] = [name.slice(0, cut), name.slice(cut + 2, dot)];
  if (dot < 0 || cut < 0 || !/^sb-[0-9a-z-]+$/.test(id) || !/^[1-9]\d{0,4}$/.test(port)) return undefined;
  return { id, port: Number(port) };
}

/** The tokens that a request shows, in hashed form. The header of its own kind comes first where it is not blank. */
export function shownTokenHashes(headers: IncomingHttpHeaders): string[] {
  const own = [headers["x-oc-preview-token"] ?? ""].flat().join(", ").trim();
  const bearer = /^bearer[ \t]+(.*)$/i.exec(headers.authorization?.trim() ?? "")?.[1]?.trim() ?? "";
  // Node reads header octets as Latin-1; a token beyond ASCII is sent as UTF-8.
  return [own, bearer].filter((shown) => shown !== "").map((shown) => sha256(Buffer.from(shown, "latin1")));
}

/** All that is kept of a token. */
export function tokenHash(token: string): string {
  return sha256(Buffer.from(token, "utf8"));
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What listens inside every sandbox. It says nothing of the headers, which hold the token. */
export function showPage({ method, path }: Asked, { id, port }: PreviewHost): Answer {
  return { status: 200, body: `${method} /${path.join("/")} at port ${port} of ${id}\n` };
}

/** Where nothing listens: browsers get a page that tries again. */
export function showNothing({ headers }: Asked, { id }: PreviewHost): Answer {
  if (!(headers.accept ?? "").includes("text/html")) {
    return { status: 502, body: { error: `sandbox ${id}: upstream unavailable` } };
  }
  const page = "<!doctype html><meta http-equiv=refresh content=2><title>Starting</title>";
  return { status: 503, headers: { "content-type": "text/html" }, body: page };
}

/** Opens a WebSocket that says again what it is told, or refuses it as any other request. */
export class Echo {
  readonly #server = new WebSocketServer({ noServer: true });

  open(answer: Answer, { request, socket, head }: Upgrade): void {
    if (answer.status === 200) {
      this.#server.handleUpgrade(request, socket, head, (opened) => {
        opened.on("message", (data: Buffer, binary) => opened.send(data, { binary }));
      });
      return;
    }
    const { status, headers, body } = toBytes(answer);
    const lines = Object.entries({ ...headers, "content-length": Buffer.byteLength(body), connection: "close" });
    const written = [`HTTP/1.1 ${status} Refused`, ...lines.map(([name, value]) => `${name}: ${value}`)];
    socket.write(`${written.join("\r\n")}\r\n\r\n`);
    socket.end(body);
  }
}
