import type { Agent, AgentOptions, IncomingMessage } from "node:http";
import https from "node:https";
import type { Clock } from "../../../src/contract/clock.ts";
import { WebSocket } from "ws";
import { readAnswerText } from "./answer-text.ts";
import type { RunContract } from "../law/contract.ts";
import type { Exchange } from "../law/exchange.ts";
import type { OpenRecording, Sent } from "../law/recording.ts";
import { causeText } from "./cause-text.ts";
import { exchangeOf, sendRequest } from "./request.ts";
import type { Certificates, Target } from "./target.ts";

const http = process.getBuiltinModule("node:http");
import { isLoopback } from "./target.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";
import type { PreviewCall, PreviewSocketAnswer } from "../law/call.ts";

/** The way to previews: they have host names of their own, which need not resolve where a run happens. */
type PreviewRoute = {
  /** @param purpose - the id of the law that it is sent for */
  readonly send: (call: PreviewCall, purpose: string) => Promise<Exchange>;
  readonly connect: (call: PreviewCall, purpose: string) => Promise<PreviewSocketAnswer>;
  /** Takes note of the domain that the target names when it makes a sandbox. */
  readonly learnDomain: (domain: string) => void;
};

type PreviewRouteOptions = {
  readonly contract: RunContract;
  readonly target: Target;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  /** Keeps all that is sent. */
  readonly recording: OpenRecording;
  /** Sees what each request was answered, that for a WebSocket too. */
  readonly observe?: (status: number) => void;
};

/** Creates the way to the previews of one target. */
export function createPreviewRoute(options: PreviewRouteOptions): PreviewRoute {
  const { contract, target, recording, observe = () => undefined } = options;
  let learnt: string | undefined;
  const addressOf = ({ id, port = 3000, path = "/", inCapitals = false }: PreviewCall): Address => {
    if (contract.previews === undefined) throw new Unjudged("input-missing", `${contract.name} has no previews`);
    const domain = target.previewDomain ?? learnt ?? "localhost";
    const name = fill(contract.previews.template, { id, port: String(port), domain });
    const host = inCapitals ? name.toUpperCase() : name;
    const local = target.fetch === undefined && isLoopback(target.baseUrl) ? target.baseUrl : undefined;
    const { protocol } = new URL(target.previewVia ?? target.baseUrl);
    const { certificates } = target;
    return { url: `${protocol}//${host}${path}`, host, via: target.previewVia ?? local, certificates };
  };
  return {
    send: async (call, purpose) => {
      const address = addressOf(call);
      const request = requestOf(call, address);
      const send = () =>
        target.fetch === undefined
          ? sendOut(options, request, address)
          : sendRequest(options, { operation: "preview" }, request);
      const sent = { ...sentFor(call, purpose, address), request };
      const exchange = await recording.sending(sent, send, (answer) => ({ kind: "exchange", exchange: answer }));
      observe(exchange.response.status);
      return exchange;
    },
    connect: async (call, purpose) => {
      if (target.fetch !== undefined && target.previewVia === undefined) {
        throw new Unjudged("input-missing", "a WebSocket cannot be asked for through `fetch`: give `previewVia`");
      }
      const address = addressOf(call);
      const sent = { ...sentFor(call, purpose, address), request: requestOf({ ...call, method: "GET" }, address) };
      const headers = { ...target.headers, ...call.headers };
      const send = () => connect({ ...call, headers }, address, options.requestTimeoutMs);
      const answer = await recording.sending(sent, send, (came) => ({ kind: "socket", ...came }));
      observe(answer.status);
      return answer;
    },
    learnDomain: (domain) => void (learnt = domain),
  };
}

/** Where a preview is, by its name, and where to connect to instead of what the name resolves to. */
type Address = {
  readonly url: string;
  readonly host: string;
  readonly via: string | undefined;
  readonly certificates: Certificates | undefined;
};

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{([^}]+)\}/g, (_, name: string) => values[name] ?? "");
}

function requestOf({ method = "GET", headers = {}, body }: PreviewCall, { url }: Address): Exchange["request"] {
  return { method, url, headers, ...(body === undefined ? {} : { body }) };
}

function sentFor({ id, port = 3000 }: PreviewCall, purpose: string, { via }: Address): Omit<Sent, "request"> {
  const path = { id, port: String(port) };
  return { purpose, by: "none", operation: "preview", path, ...(via === undefined ? {} : { via }) };
}

/** By `node:http`, since `fetch` does not let its caller choose the Host header. */
async function sendOut(
  { clock, requestTimeoutMs, target }: PreviewRouteOptions,
  request: Exchange["request"],
  address: Address,
): Promise<Exchange> {
  const startedAtMs = clock.now();
  try {
    const headers = { ...target.headers, ...request.headers };
    const response = await answerTo({ ...request, headers }, address, requestTimeoutMs);
    const body = await readAnswerText(response);
    const answer = { status: response.statusCode ?? 0, headers: headersOf(response) };
    return exchangeOf({ operation: "preview", request, response: answer, body, startedAtMs, endedAtMs: clock.now() });
  } catch (cause) {
    throw noAnswer(request, cause);
  }
}

function answerTo(request: Exchange["request"], address: Address, timeoutMs: number): Promise<IncomingMessage> {
  const { url, host, via, certificates } = address;
  const target = new URL(request.url);
  const { protocol, hostname, port } = new URL(via ?? url);
  const open = protocol === "https:" ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const outgoing = open({
      ...certificates,
      hostname: hostname.replace(/^\[|\]$/g, ""),
      port,
      path: `${target.pathname}${target.search}`,
      method: request.method,
      headers: { ...request.headers, host },
      servername: host.replace(/:\d+$/, ""),
      signal: AbortSignal.timeout(timeoutMs),
      agent: agentFor(protocol, via),
    });
    outgoing.on("response", resolve).on("error", reject).end(request.body);
  });
}

/** A connection for each request; through the proxy of the process, where it has one and a name leads to the preview. */
function agentFor(protocol: string, via: string | undefined): Agent | false {
  if (via !== undefined) return false;
  const { Agent: NewAgent, globalAgent } = protocol === "https:" ? https : http;
  const { options } = globalAgent as { readonly options?: AgentOptions }; // which no type tells
  return new NewAgent({ ...options, keepAlive: false });
}

function headersOf({ headers }: IncomingMessage): [string, string][] {
  return Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
}

function noAnswer({ method, url }: Exchange["request"], cause: unknown): TransientFailure {
  return new TransientFailure(`${method} ${url} got no answer: ${causeText(cause)}`, { cause });
}

const word = "sandglass";

/** Says one word where the upgrade is granted, and waits a moment for what comes back. */
function connect(call: PreviewCall, address: Address, timeoutMs: number): Promise<PreviewSocketAnswer> {
  const { url, host, via, certificates } = address;
  const to = new URL(via ?? url);
  to.protocol = to.protocol === "https:" ? "wss:" : "ws:";
  const { pathname, search } = new URL(url);
  const headers = { ...call.headers, host };
  const agent = agentFor(to.protocol === "wss:" ? "https:" : "http:", via);
  const options = {
    ...certificates,
    headers,
    servername: host,
    handshakeTimeout: timeoutMs,
    ...(agent === false ? {} : { agent }),
  };
  const socket = new WebSocket(`${to.protocol}//${to.host}${pathname}${search}`, options);
  return new Promise<PreviewSocketAnswer>((resolve, reject) => {
    socket.once("unexpected-response", (_, { statusCode = 0 }) => resolve({ status: statusCode }));
    socket.once("error", (cause) => reject(noAnswer({ method: "GET", url, headers: {} }, cause)));
    socket.once("open", () => {
      socket.once("message", (data) => resolve({ status: 101, echoed: textOf(data) }));
      socket.once("close", () => resolve({ status: 101 }));
      AbortSignal.timeout(echoMsMax).addEventListener("abort", () => resolve({ status: 101 }));
      socket.send(word);
    });
  }).finally(() => {
    socket.on("error", () => undefined); // closing before the handshake is done says so
    socket.terminate();
  });
}

const echoMsMax = 500;

function textOf(data: unknown): string {
  return Buffer.isBuffer(data) ? data.toString("utf8") : "";
}
