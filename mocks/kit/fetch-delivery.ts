import { type Sleep, systemSleep } from "../../src/contract/clock.ts";
import type { Answer, Delivery } from "./exchange.ts";
import { pace } from "./http-delivery.ts";

/**
 * Hands an answer to a caller in this process, as its delivery says.
 *
 * @param method - the request's: an answer to HEAD has no body
 * @throws {@link DroppedConnection} where the connection is to be reset
 */
export async function toResponse(answer: Answer, method: string, sleep: Sleep = systemSleep): Promise<Response> {
  const { status, text = "", headers, delivery = {} } = answer;
  if (delivery.delayMs !== undefined) await sleep(delivery.delayMs);
  if (delivery.reset === true) throw new DroppedConnection("fetch failed");
  const init = headers === undefined ? { status } : { status, headers };
  if (answer.content !== undefined && method !== "HEAD")
    return new Response(ReadableStream.from(answer.content.pieces), init);
  if (answer.stream !== undefined) return new Response(toByteStream(answer.stream), init);
  const bodiless = status === 204 || status === 304 || text === "" || method === "HEAD";
  const isOdd = delivery.bytesPerSecond !== undefined || delivery.cutAfterBytes !== undefined;
  return new Response(bodiless ? null : isOdd ? streamOddly(text, delivery, sleep) : text, init);
}

function toByteStream(texts: AsyncIterable<string>): ReadableStream {
  const iterator = texts[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull: async (controller) => {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    cancel: async () => void (await iterator.return?.()),
  });
}

/** What `fetch` throws when a connection breaks: a TypeError. */
export class DroppedConnection extends TypeError {
  override readonly name = "TypeError";
}

function streamOddly(text: string, { bytesPerSecond, cutAfterBytes }: Delivery, sleep: Sleep): ReadableStream {
  const bytes = new TextEncoder().encode(text).subarray(0, cutAfterBytes);
  const { stepBytes, pauseMs } = pace(bytes.length, bytesPerSecond);
  let at = 0;
  return new ReadableStream({
    pull: async (controller) => {
      if (at < bytes.length) {
        controller.enqueue(bytes.slice(at, at + stepBytes));
        at += stepBytes;
        if (pauseMs > 0) await sleep(pauseMs);
      } else if (cutAfterBytes === undefined) controller.close();
      else controller.error(new DroppedConnection("terminated"));
    },
  });
}

/**
 * Waits for an answer as `fetch` does: no longer than the caller wants to. What was begun goes on, as it does on a server.
 *
 * @throws the signal's reason once it is aborted; then nothing is begun any more
 */
export async function untilAborted(signal: AbortSignal, answer: () => Promise<Response>): Promise<Response> {
  signal.throwIfAborted();
  const left = Promise.withResolvers<never>();
  const leave = () => left.reject(signal.reason as Error);
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([answer(), left.promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
