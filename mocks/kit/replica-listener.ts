import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable, type Duplex } from "node:stream";
import type { ProxyServerOptions } from "httpxy";
import { DirectMessage } from "./http-body.ts";
import type { ServedAtSocket } from "./http-listener.ts";
import type { LeaderNote, ReplicaRole } from "./replica-role.ts";
import { endSocket } from "./taken-socket.ts";

export type ReplicaListenerOptions<Own> = {
  readonly role: () => ReplicaRole<Own> | undefined; // undefined until it has one
  /** What answers the contract's requests where this replica leads. */
  readonly servedBy: (own: Own) => ServedAtSocket;
  readonly contract: string;
  readonly secret: string; // of this replica
};

const fromReplica = "x-sandglass-replica"; // a secret, and the address of the caller
const heldBytesMax = 1024 * 1024; // of a body that can be sent a second time

const notSent = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"]);
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Answers what a replica is asked: by itself where it leads, else through the replica that does. */
export function createReplicaServed<Own>(options: ReplicaListenerOptions<Own>): ServedAtSocket {
  const { role, servedBy, contract, secret } = options;
  const own = () => {
    const place = role()?.now();
    return place !== undefined && "own" in place ? servedBy(place.own) : undefined;
  };
  const interceptorFor = (incoming: IncomingMessage) =>
    own()?.interceptors.find((interceptor) => interceptor.takes(incoming));
  /** Where a request goes on to. One that waited here until this replica took the lead goes through its own listener. */
  const routeOf = (incoming: IncomingMessage, leader: LeaderNote | undefined) => {
    const { localAddress, localPort, remoteAddress } = incoming.socket;
    const host = localAddress?.includes(":") === true ? `[${localAddress}]` : localAddress;
    return {
      target: leader?.urls[contract] ?? `http://${host}:${localPort}`,
      headers: { [fromReplica]: `${leader?.secret ?? secret} ${remoteAddress}` },
    };
  };
  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    if (/^(?:\/__sandglass)?\/health$/.test(incoming.url!) && role()?.now() === undefined) {
      return write(outgoing, 200, { status: "ok" }); // the process lives, though it can do nothing else
    }
    const held = await holdBody(incoming);
    outgoing.setMaxListeners(0); // the proxy adds some each time that it is sent on
    for (;;) {
      const place = (await role()?.place()) ?? "this replica has only begun to start";
      if (typeof place === "string") return refuse(outgoing, 503, "no-replica-leads", place);
      const leader = "own" in place ? undefined : place.leader;
      const buffer = held === undefined ? {} : { buffer: Readable.from(held) };
      const code = await send(incoming, outgoing, { ...routeOf(incoming, leader), ...buffer });
      if (code === undefined || outgoing.destroyed) return;
      // Nothing listens where the leader did: its process has ended.
      if (leader !== undefined) role()!.doubt(leader, code === "ECONNREFUSED");
      if (outgoing.headersSent) return void outgoing.destroy();
      const isUndone = notSent.has(code) || safeMethods.has(incoming.method!);
      if (!isUndone || held === undefined) {
        // No 503, after which a caller may send it again: as a proxy between the two would answer.
        return refuse(
          outgoing,
          502,
          "replica-lost",
          `the replica that leads is gone (${code}): this was done, or it was not`,
        );
      }
    }
  };
  const forwardUpgrade = async (incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const place = (await role()?.place()) ?? "this replica has only begun to start";
    if (typeof place === "string")
      return endSocket(socket, { status: 503, headers: reasonOf("no-replica-leads", place) });
    const proxy = await createProxy();
    await proxy.ws(incoming, socket as Socket, routeOf(incoming, "own" in place ? undefined : place.leader), head);
  };
  return {
    app: {
      serve: async (incoming, outgoing, onEndless) => {
        const served = own();
        if (served === undefined) return forward(incoming, outgoing);
        takeCaller(incoming, secret);
        return served.app.serve(incoming, outgoing, onEndless);
      },
    },
    interceptors: [
      {
        takes: (incoming) => own() === undefined || interceptorFor(incoming) !== undefined,
        request: (incoming, outgoing) => {
          const found = interceptorFor(incoming);
          if (found === undefined) void forward(incoming, outgoing).catch(() => outgoing.destroy());
          else {
            takeCaller(incoming, secret);
            found.request(incoming, outgoing);
          }
        },
        upgrade: (incoming, socket, head) => {
          const found = interceptorFor(incoming);
          if (found === undefined) void forwardUpgrade(incoming, socket, head).catch(() => socket.destroy());
          else {
            takeCaller(incoming, secret);
            found.upgrade(incoming, socket, head);
          }
        },
      },
    ],
    refusalHeaders: () => own()?.refusalHeaders() ?? {},
  };
}

/** Who asks, where another replica says so. What it says it by is seen by nothing else, as a journal. */
function takeCaller(incoming: IncomingMessage, secret: string): void {
  const said = incoming.headers[fromReplica];
  if (said === undefined) return;
  delete incoming.headers[fromReplica];
  const at = incoming.rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === fromReplica);
  incoming.rawHeaders.splice(at, 2);
  const [shown, address] = String(said).split(" ");
  if (shown === secret && incoming instanceof DirectMessage) incoming.caller = address;
}

/** Reads a body that is short enough to be sent again; undefined where it goes on as it comes. */
async function holdBody(incoming: IncomingMessage): Promise<Buffer[] | undefined> {
  const { "content-length": length = "0", "transfer-encoding": coding } = incoming.headers;
  if (coding !== undefined || Number(length) > heldBytesMax) return undefined;
  const held: Buffer[] = [];
  for await (const piece of incoming as AsyncIterable<Buffer>) held.push(piece);
  return held;
}

/** Sends a request on, and its answer back; gives the code of the error that came in between. */
async function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  route: ProxyServerOptions,
): Promise<string | undefined> {
  const proxy = await createProxy();
  return proxy.web(incoming, outgoing, route).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}

/** A proxy for one request, whose events are that request's. The connections are shared. */
async function createProxy() {
  const { createProxyServer } = await import("httpxy");
  return createProxyServer();
}

const reasonOf = (rule: string, why: string) => ({
  "x-sandglass-reason": `${rule}: ${why}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 200),
});

function refuse(outgoing: ServerResponse, status: 502 | 503, rule: string, why: string): void {
  for (const [name, value] of Object.entries(reasonOf(rule, why))) outgoing.setHeader(name, value);
  write(outgoing, status, { error: why });
}

function write(outgoing: ServerResponse, status: number, json: unknown): void {
  outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
}
