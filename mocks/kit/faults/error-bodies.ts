import type { Parts } from "../exchange.ts";
import type { Fault } from "../fault.ts";

export function unauthorizedSaysMessage<P extends Parts<P>>(contract: string): Fault<P> {
  return {
    id: "unauthorized-says-message",
    alias: "A3",
    contract,
    summary: "says `message` where a 401 has to say `error`",
    shows: "call with a wrong key",
    wrap: (parts, { fires }) => ({
      ...parts,
      finish: async (answer, exchange) => {
        const finished = await parts.finish(answer, exchange);
        const { error, ...rest } = (finished.json ?? {}) as Record<string, unknown>;
        if (finished.status !== 401 || error === undefined || !fires(exchange.operation.id)) return finished;
        return { ...finished, json: { ...rest, message: error } };
      },
    }),
  };
}

export function badRequestIsHtml<P extends Parts<P>>(contract: string): Fault<P> {
  return {
    id: "bad-request-is-html",
    alias: "A7",
    contract,
    summary: "answers a bad request with a page of HTML",
    shows: "provoke a 400",
    wrap: (parts, { fires }) => ({
      ...parts,
      finish: async (answer, exchange) => {
        const finished = await parts.finish(answer, exchange);
        if (finished.status !== 400 || !fires(exchange.operation.id)) return finished;
        const { json: _json, ...rest } = finished;
        const headers = { ...finished.headers, "content-type": "text/html; charset=utf-8" };
        return { ...rest, text: "<!DOCTYPE html><title>400</title><h1>Bad Request</h1>\n", headers };
      },
    }),
  };
}
