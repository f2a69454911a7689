import type { ServerResponse } from "node:http";
import type { Sleep } from "../../src/contract/clock.ts";
import type { Answer, Delivery } from "./exchange.ts";

const chunksPerSecond = 10; // of a trickled body

/** Sends an answer over a socket the usual way. */
export function send({ status, headers, text = "" }: Answer, outgoing: ServerResponse): void {
  // 204 and 304 have no body, and must not promise one.
  const bodiless = status === 204 || status === 304;
  outgoing.writeHead(status, bodiless ? headers : { ...headers, "content-length": Buffer.byteLength(text) });
  outgoing.end(bodiless ? undefined : text);
}

/** Sends an answer slowly, in part, or not at all, as its delivery says. */
export async function sendOddly(answer: Answer, delivery: Delivery, outgoing: ServerResponse, sleep: Sleep) {
  const { delayMs = 0, bytesPerSecond, cutAfterBytes, reset = false } = delivery;
  if (delayMs > 0) await sleep(delayMs);
  if (outgoing.destroyed) return;
  if (reset) {
    outgoing.socket?.resetAndDestroy();
    return;
  }
  if (bytesPerSecond === undefined && cutAfterBytes === undefined) {
    send(answer, outgoing);
    return;
  }
  const bytes = Buffer.from(answer.text ?? "");
  outgoing.writeHead(answer.status, { ...answer.headers, "content-length": bytes.length });
  await trickle(bytes.subarray(0, cutAfterBytes), bytesPerSecond, outgoing, sleep);
  if (cutAfterBytes === undefined) outgoing.end();
  else outgoing.socket?.destroy();
}

async function trickle(bytes: Buffer, bytesPerSecond: number | undefined, outgoing: ServerResponse, sleep: Sleep) {
  const step =
    bytesPerSecond === undefined ? bytes.length || 1 : Math.max(1, Math.ceil(bytesPerSecond / chunksPerSecond));
  for (let at = 0; at < bytes.length && !outgoing.destroyed; at += step) {
    // Waiting for the write lets what was sent reach the caller before the connection is dropped.
    await new Promise<void>((resolve) => outgoing.write(bytes.subarray(at, at + step), () => resolve()));
    if (bytesPerSecond !== undefined) await sleep(1000 / chunksPerSecond);
  }
}
