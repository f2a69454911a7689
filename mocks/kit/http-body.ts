import type { IncomingMessage } from "node:http";

/** A request's body as text, or the news that it is longer than allowed. */
export type ReadBody = { readonly body: string; readonly bodyTooLarge: boolean };

const noBody: ReadBody = { body: "", bodyTooLarge: false };

/**
 * Reads a body up to a limit; what is beyond is thrown away unread.
 *
 * @param bytesMax - the longest body that is kept, in bytes
 * @throws Error when the caller leaves in the middle
 */
export function readIncomingBody(incoming: IncomingMessage, bytesMax: number): ReadBody | Promise<ReadBody> {
  const { headers } = incoming;
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) return noBody;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else resolve({ body: "", bodyTooLarge: true });
    });
    incoming.on("end", () => resolve({ body: decode(chunks), bodyTooLarge: false }));
    // Every request closes, also after an error; making one costs as much as all the rest, so only one that broke off gets one.
    incoming.on("close", () => {
      if (!incoming.complete) reject(new Error("the caller left before its request was complete"));
    });
  });
}

/** The same for a request of the fetch API. */
export async function readRequestBody(request: Request, bytesMax: number): Promise<ReadBody> {
  if (request.body === null) return noBody;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) return { body: "", bodyTooLarge: true }; // which cancels the rest: it may have no end
    chunks.push(chunk);
  }
  return { body: decode([Buffer.concat(chunks)]), bodyTooLarge: false };
}

const decode = (chunks: readonly Buffer[]) =>
  (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString("utf8");
