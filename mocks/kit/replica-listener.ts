import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type * as httpxy from "httpxy";
import { DirectMessage, pipedBody, readIncomingBytes } from "./http-body.ts";
import type { ServedAtSocket } from "./http-listener.ts";
import { Agent } from "./node-http.ts";
import type { LeaderNote, Place, ReplicaRole } from "./replica-role.ts";
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

const hopsMax = 4; // from replica to replica, while they do not agree who leads
const triesMax = 20;

/** What answers at a replica. */
export type ReplicaServed = ServedAtSocket & {
  /** Lets go of what is under way at another replica than the one that leads now: it may never answer. */
  readonly abandon: () => void;
};

/** Answers what a replica is asked: by itself where it leads, else through the replica that does. */
export function createReplicaServed<Own>(options: ReplicaListenerOptions<Own>): ReplicaServed {
  const { role, servedBy, contract, secret } = options;
  const underWay = new Map<ClientRequest, string | undefined>(); // with the secret of the replica that it was sent to
  const own = () => {
    const place = role()?.now();
    return place !== undefined && "own" in place ? servedBy(place.own) : undefined;
  };
  const interceptorFor = (incoming: IncomingMessage) =>
    own()?.interceptors.find((interceptor) => interceptor.takes(incoming));
  /** Where a request goes on to, or why nowhere. One that waited here until this replica took the lead goes through its own listener. */
  const routeOf = async (incoming: IncomingMessage, asked: Asked): Promise<Route | string> => {
    if (asked.hops >= hopsMax) return "the replicas do not agree who leads";
    const place = (await role()?.place()) ?? "this replica has only begun to start";
    if (typeof place === "string") return place;
    const leader = "own" in place ? undefined : place.leader;
    const { localAddress, localPort } = incoming.socket;
    const host = localAddress?.includes(":") === true ? `[${localAddress}]` : localAddress;
    const target = leader === undefined ? `http://${host}:${localPort}` : leader.urls[contract];
    if (target === undefined)
      return `the replica that leads does not serve ${contract}: start all with the same contracts`;
    const headers = { [fromReplica]: `${leader?.secret ?? secret} ${asked.caller} ${asked.hops + 1}` };
    return { leader, target, headers };
  };
  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse, asked: Asked): Promise<void> => {
    if (/^(?:\/__sandglass)?\/health$/.test(incoming.url!) && role()?.now() === undefined) {
      return write(outgoing, 200, { status: "ok" }); // the process lives, though it can do nothing else
    }
    // An upgrade that comes here is one that its connection cannot have.
    if (incoming.headers.upgrade !== undefined) {
      delete incoming.headers.upgrade;
      incoming.headers.connection = "keep-alive";
    }
    const isHeld = canHoldBody(incoming);
    const held = isHeld ? await readIncomingBytes(incoming) : undefined;
    for (const message of [incoming, outgoing]) message.setMaxListeners(0); // the proxy adds some each time that it is sent on
    for (let tries = 1; ; tries += 1) {
      const route = await routeOf(incoming, asked);
      if (typeof route === "string") return refuse(outgoing, 503, "no-replica-leads", route);
      const { leader, ...rest } = route;
      const buffer = isHeld ? { buffer: pipedBody(held) } : {};
      const code = await send(incoming, outgoing, { ...rest, ...buffer }, (upstream) => {
        underWay.set(upstream, leader?.secret);
        upstream.once("close", () => underWay.delete(upstream));
      });
      if (code === undefined || outgoing.destroyed) return;
      if (outgoing.headersSent) return void outgoing.destroy();
      if (leader !== undefined) {
        // A leader that lives and leads has broken the connection off on purpose, as some faults do.
        const lives =
          !notSent.has(code) &&
          secretOf(role()?.now()) === leader.secret &&
          (await findSilence(leader, contract)) === undefined;
        if (lives) return void incoming.socket.destroy();
        role()!.doubt(leader, code === "ECONNREFUSED"); // which says that nothing listens there
      }
      const isUndone = notSent.has(code) || safeMethods.has(incoming.method!);
      if (!isUndone || !isHeld || tries === triesMax) {
        // No 503, after which a caller may send it again: as a proxy between the two would answer.
        const why = `the replica that leads is gone (${code}): this was done, or it was not`;
        return refuse(outgoing, 502, "replica-lost", why);
      }
    }
  };
  const forwardUpgrade = async (
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    asked: Asked,
  ): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      const route = await routeOf(incoming, asked);
      if (typeof route === "string")
        return endSocket(socket, { status: 503, headers: reasonOf("no-replica-leads", route) });
      const { leader, ...rest } = route;
      // The proxy would end the connection: so the leader is asked for before, since upgrades are few.
      const silence = leader === undefined ? undefined : await findSilence(leader, contract);
      if (silence === undefined || tries === triesMax) {
        const proxy = await createProxy();
        return proxy.ws(incoming, socket as Socket, rest, head);
      }
      role()!.doubt(leader!, silence === "ECONNREFUSED");
    }
  };
  return {
    app: {
      serve: async (incoming, outgoing, onEndless) => {
        const asked = takeCaller(incoming, secret);
        const served = own();
        if (served === undefined) return forward(incoming, outgoing, asked);
        return served.app.serve(incoming, outgoing, onEndless);
      },
    },
    interceptors: [
      {
        takes: (incoming) => own() === undefined || interceptorFor(incoming) !== undefined,
        request: (incoming, outgoing) => {
          const asked = takeCaller(incoming, secret);
          const found = interceptorFor(incoming);
          if (found === undefined) void forward(incoming, outgoing, asked).catch(() => outgoing.destroy());
          else found.request(incoming, outgoing);
        },
        upgrade: (incoming, socket, head) => {
          const asked = takeCaller(incoming, secret);
          const found = interceptorFor(incoming);
          if (found === undefined) void forwardUpgrade(incoming, socket, head, asked).catch(() => socket.destroy());
          else found.upgrade(incoming, socket, head);
        },
      },
    ],
    refusalHeaders: () => own()?.refusalHeaders() ?? {},
    abandon: () => {
      const leads = secretOf(role()?.now());
      for (const [upstream, sentTo] of underWay) if (sentTo !== leads) upstream.destroy();
    },
  };
}

/** Who asks, and over how many replicas it has come. */
type Asked = { readonly caller: string | undefined; readonly hops: number };

/** The secret of the replica that leads; undefined where it is this one, or none. */
function secretOf(place: Place<unknown> | undefined): string | undefined {
  return place !== undefined && "leader" in place ? place.leader.secret : undefined;
}

type Route = {
  readonly leader: LeaderNote | undefined; // undefined where it is this replica
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * Who asks: the connection's other end, or whom another replica names. What it names it by is seen by nothing else, as a
 * journal.
 */
function takeCaller(incoming: IncomingMessage, secret: string): Asked {
  const { remoteAddress } = incoming.socket;
  const said = incoming.headers[fromReplica];
  if (said === undefined) return { caller: remoteAddress, hops: 0 };
  delete incoming.headers[fromReplica];
  const at = incoming.rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === fromReplica);
  incoming.rawHeaders.splice(at, 2);
  const [shown, address, hops] = String(said).split(" ");
  const isReplica = shown === secret;
  if (isReplica && incoming instanceof DirectMessage) incoming.caller = address;
  return { caller: isReplica ? address : remoteAddress, hops: Number(hops) || 0 };
}

/** Whether a body is short enough to be kept, and sent again; else it goes on as it comes. */
function canHoldBody(incoming: IncomingMessage): boolean {
  const { "content-length": length = "0", "transfer-encoding": coding } = incoming.headers;
  if (coding === undefined && Number(length) <= heldBytesMax) return true;
  if (incoming instanceof DirectMessage) incoming.streamsOn = true;
  return false;
}

/** Sends a request on, and its answer back; gives the code of the error that came in between. */
async function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  route: httpxy.ProxyServerOptions,
  onSent: (upstream: ClientRequest) => void,
): Promise<string | undefined> {
  const proxy = await createProxy();
  proxy.on("proxyReq", onSent);
  // Of the connection between the replicas, which ends after a body without a length; the caller's may stay.
  proxy.on("proxyRes", ({ headers }) => delete headers.connection);
  return proxy.web(incoming, outgoing, route).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}

let library: Promise<Pick<typeof httpxy, "createProxyServer">> | undefined; // loaded when it is wanted: a replica that leads never does

/** A proxy for one request, whose events are that request's. The connections are shared, as many as there are requests. */
async function createProxy(): Promise<httpxy.ProxyServer> {
  const { createProxyServer } = await (library ??= import("httpxy"));
  return createProxyServer({ agent });
}

const agent = new Agent({ keepAlive: true });
const aliveMsMax = 1_000;

/** Why a replica does not answer; undefined where it does. */
async function findSilence({ urls }: LeaderNote, contract: string): Promise<string | undefined> {
  const signal = AbortSignal.timeout(aliveMsMax);
  return fetch(`${urls[contract]}/__sandglass/health`, { signal }).then(
    ({ ok }) => (ok ? undefined : "UNWELL"),
    ({ cause, name }: Error) => (cause as NodeJS.ErrnoException | undefined)?.code ?? name,
  );
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
