import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { STATUS_CODES } from "./node-http.ts";

/** What ends a connection that Node's server has handed over. */
export type LastAnswer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
};

/**
 * Looks after a connection that Node's server has handed over, and with it all that Node did for it. Its errors end it and
 * nothing else, from its first moment: without a listener a caller that resets it would end the process. Once it has sent its
 * last byte it reads on, or it would not see that the caller is gone, and is dropped where the caller stays.
 *
 * @param lingerMs - how long it is kept for a caller that stays and sends nothing
 */
export function takeSocket({ socket: connection }: IncomingMessage, socket: Duplex, lingerMs = 5_000): void {
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => {
    socket.resume();
    connection.setTimeout(lingerMs, () => socket.destroy());
  });
}

/** Answers on a connection that Node's server has handed over, and ends it. */
export function endSocket(socket: Duplex, { status, headers = {}, text = "" }: LastAnswer): void {
  const lines = Object.entries({ ...headers, "content-length": Buffer.byteLength(text), connection: "close" });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${head}\r\n${text}`);
}
