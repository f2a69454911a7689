import { request as requestHttp } from "node:http";
import type { ObservedExchange } from "../../conformance/kit/model/observed-exchange.ts";

/** One request, whatever carries it. */
export type Asking = {
  readonly actor: string | undefined;
  readonly operation: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly method: string;
  readonly url: string; // with the host name that is to be seen by the server
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Sends one request and hands back what came. */
export type Carrier = (asking: Asking) => Promise<{ status: number; headers: Record<string, string>; body: string }>;

/** Carries requests over a socket, wherever their host name leads. */
export function socketCarrier(baseUrl: string): Carrier {
  const { hostname, port } = new URL(baseUrl);
  return ({ method, url, headers = {}, body }) =>
    new Promise((resolve, reject) => {
      const { host, pathname, search } = new URL(url);
      const sent = { ...headers, host, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }) };
      const outgoing = requestHttp({ hostname, port, path: pathname + search, method, headers: sent, agent: false });
      outgoing.on("error", reject).on("response", (incoming) => {
        let text = "";
        incoming.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        incoming.on("end", () => {
          const told = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(told) as Record<string, string>,
            body: text,
          });
        });
      });
      outgoing.end(body);
    });
}

/** Carries requests to a handler in this process. */
export function handlerCarrier(handle: (request: Request) => Response | Promise<Response>): Carrier {
  return async ({ method, url, headers = {}, body }) => {
    const response = await handle(new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }));
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  };
}

/** Notes each exchange as an observer sees it: in the order of sending, by the clock of the server. */
export class ExchangeRecorder {
  readonly exchanges: ObservedExchange[] = [];
  readonly #carry: Carrier;
  readonly #now: () => number;
  #count = 0;

  constructor(carry: Carrier, now: () => number) {
    this.#carry = carry;
    this.#now = now;
  }

  /** @param isLost - whether its answer is not to be seen */
  async send(asking: Asking, isLost = false): Promise<ObservedExchange> {
    const number = (this.#count += 1);
    const sentAtMs = this.#now();
    const { status, headers, body } = await this.#carry(asking);
    const { actor, operation, path = {}, method, url, headers: sent = {}, body: text } = asking;
    const exchange: ObservedExchange = {
      ...{ number, sentBefore: this.#count, actor, operation, path, sentAtMs, answeredAtMs: this.#now() },
      request: { method, url, headers: sent, ...(text === undefined ? {} : { body: text }) },
      response: isLost ? undefined : { status, headers, body, json: parse(body) },
    };
    this.exchanges.push(exchange);
    return { ...exchange, response: { status, headers, body, json: parse(body) } };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
