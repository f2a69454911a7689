import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Sleep } from "../../src/contract/clock.ts";
import type { Answer, Content, Delivery } from "./exchange.ts";
import { STATUS_CODES } from "./node-http.ts";

const piecesPerSecond = 10; // at most

/** In what pieces a body is sent, and how long to wait after each: all at once where nothing slows it down. */
export function pace(bodyBytes: number, bytesPerSecond: number | undefined): { stepBytes: number; pauseMs: number } {
  if (bytesPerSecond === undefined) return { stepBytes: Math.max(1, bodyBytes), pauseMs: 0 };
  const stepBytes = Math.max(1, Math.ceil(bytesPerSecond / piecesPerSecond));
  return { stepBytes, pauseMs: (stepBytes * 1000) / bytesPerSecond };
}

/** Sends bytes piece by piece, no faster than the caller reads them. */
async function sendContent({ status, headers }: Answer, { bytes, pieces }: Content, outgoing: ServerResponse) {
  outgoing.writeHead(status, { ...headers, "content-length": bytes });
  for (const piece of outgoing.req.method === "HEAD" ? [] : pieces) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(piece)) await untilDrained(outgoing);
  }
  outgoing.end();
}

function untilDrained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      outgoing.off("drain", go).off("close", go);
      resolve();
    };
    outgoing.on("drain", go).on("close", go);
  });
}

/** Is told of a connection whose answer has no end, so that closing the server need not wait for it. */
export type OnEndless = (socket: Duplex) => void;

/** Sends an answer over a socket, in the way that it asks for. */
export function deliver(
  answer: Answer,
  outgoing: ServerResponse,
  sleep: Sleep,
  onEndless?: OnEndless,
): Promise<void> | void {
  if (answer.content !== undefined && answer.delivery?.reset !== true)
    return sendContent(answer, answer.content, outgoing);
  if (answer.stream !== undefined) return sendStream(answer, answer.stream, outgoing, onEndless);
  if (answer.delivery !== undefined) return sendOddly(answer, answer.delivery, outgoing, sleep);
  send(answer, outgoing);
}

/** Sends an answer over a socket the usual way. */
export function send({ status, headers = {}, text = "" }: Answer, outgoing: ServerResponse): void {
  // 204 and 304 have no body, and must not promise one.
  if (status === 204 || status === 304) {
    outgoing.writeHead(status, headers).end();
    return;
  }
  const bytes = Buffer.byteLength(text);
  if (!writeUsualHead(outgoing, status, headers, bytes)) {
    outgoing.writeHead(status, { ...headers, "content-length": String(bytes) });
  }
  // A text of as many bytes as characters is ASCII: Node writes it with the headers, whose bytes are Latin-1, in one go.
  outgoing.end(bytes === text.length ? text : Buffer.from(text), "latin1");
}

/** What Node keeps of an answer's head, and takes for what it wrote itself. */
type HeadOfNode = { _header: string | null; readonly _keepAliveTimeout: number };

/**
 * Writes the head of a dated answer on a connection that stays, to the same bytes as Node, which looks at each header for
 * what it might mean for the connection: a quarter of all that Node does for a short answer.
 *
 * @returns false for a head that is left to Node
 */
function writeUsualHead(
  outgoing: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  bytes: number,
): boolean {
  if (headers["date"] === undefined || !outgoing.shouldKeepAlive || outgoing.getHeaderNames().length > 0) return false;
  const node = outgoing as unknown as HeadOfNode;
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
  let values = "";
  for (const name in headers) {
    values += headers[name];
    head += `${name}: ${headers[name]}\r\n`;
  }
  if (unprintable.test(values)) return false; // Node says what is wrong with it
  outgoing.statusCode = status;
  const stays = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(node._keepAliveTimeout / 1000)}`;
  node._header = `${head}content-length: ${bytes}\r\n${stays}\r\n\r\n`;
  return true;
}

const unprintable = /[^\t\x20-\x7e\x80-\xff]/;

async function sendStream(
  { status, headers }: Answer,
  stream: AsyncIterable<string>,
  outgoing: ServerResponse,
  onEndless: OnEndless | undefined,
): Promise<void> {
  outgoing.writeHead(status, headers);
  if (outgoing.socket !== null) onEndless?.(outgoing.socket);
  for await (const text of stream) {
    if (outgoing.destroyed) return;
    if (text === "") continue;
    // A reader that is slow gets fewer pieces: the next one is made when this one has left.
    await new Promise<void>((resolve) => outgoing.write(text, () => resolve()));
  }
  outgoing.end();
}

// Slowly, in part, or not at all.
async function sendOddly(answer: Answer, delivery: Delivery, outgoing: ServerResponse, sleep: Sleep) {
  const { delayMs = 0, bytesPerSecond, cutAfterBytes, reset = false } = delivery;
  if (delayMs > 0) await sleep(delayMs);
  if (outgoing.destroyed) return;
  if (reset) {
    outgoing.socket?.resetAndDestroy();
    return;
  }
  const bytes = Buffer.from(answer.text ?? "");
  if (bytes.length === 0 || (bytesPerSecond === undefined && cutAfterBytes === undefined)) {
    send(answer, outgoing);
    return;
  }
  outgoing.writeHead(answer.status, { ...answer.headers, "content-length": bytes.length });
  outgoing.flushHeaders();
  await trickle(bytes.subarray(0, cutAfterBytes), bytesPerSecond, outgoing, sleep);
  if (cutAfterBytes === undefined) outgoing.end();
  else outgoing.socket?.destroy();
}

async function trickle(bytes: Buffer, bytesPerSecond: number | undefined, outgoing: ServerResponse, sleep: Sleep) {
  const { stepBytes, pauseMs } = pace(bytes.length, bytesPerSecond);
  for (let at = 0; at < bytes.length && !outgoing.destroyed; at += stepBytes) {
    // Waiting for the write lets what was sent reach the caller before the connection is dropped.
    await new Promise<void>((resolve) => outgoing.write(bytes.subarray(at, at + stepBytes), () => resolve()));
    if (pauseMs > 0) await sleep(pauseMs);
  }
}
