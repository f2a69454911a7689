import type { IncomingMessage } from "node:http";
import type { WebSocket, WebSocketServer } from "ws";
import type { Sleep } from "../../src/contract/clock.ts";
import { writeAnswer } from "../kit/answer.ts";
import type { Interceptor } from "../kit/http-listener.ts";
import { endSocket } from "../kit/taken-socket.ts";
import type { Universe } from "../kit/universe.ts";
import type { World } from "../kit/world.ts";
import { refuse, refuseUnknown } from "./answers.ts";
import { commandsOf } from "./commands.ts";
import type { Session, SessionFrame } from "./exec-session.ts";
import { enterRecord, noteActivity } from "./inside.ts";
import type { OpenComputerParts } from "./parts.ts";
import type { Terminal } from "./terminal.ts";

const path = /^\/api\/sandboxes\/([^/?]+)\/(?:exec|pty)\/([^/?]+)(?:\?|$)/;
const messageBytesMax = 1024 * 1024;
const unreadBytesMax = 16 * 1024 * 1024; // a client that reads no more is left

export type ExecSocketOptions = {
  readonly universe: Universe;
  readonly partsOf: (world: World) => OpenComputerParts;
  readonly sleep: Sleep;
};

/** Sessions and terminals over WebSockets. A browser cannot set a header there, so the key may stand in the query. */
export function createExecSocket({ universe, partsOf, sleep }: ExecSocketOptions): Interceptor {
  let server: Promise<WebSocketServer> | undefined;

  async function admit(incoming: IncomingMessage) {
    const [, sandboxId = "", sessionId = ""] = path.exec(incoming.url!)!;
    const key =
      (incoming.headers["x-api-key"] as string | undefined) ??
      new URL(incoming.url!, "http://a").searchParams.get("api_key");
    const owner = key === null || key === undefined ? undefined : universe.findByKey("opencomputer", key);
    if (owner === undefined) {
      const reason = { rule: "credentials-unknown", message: "send the key in X-API-Key, or as api_key in the query" };
      return { refusal: refuse(401, "missing or invalid API key", reason) };
    }
    const { world, tenant } = owner;
    const parts = partsOf(world);
    const record = await parts.find(world, tenant.id, sandboxId);
    if (record === undefined) return { refusal: refuseUnknown(`sandbox ${sandboxId} not found`) };
    const entered = await enterRecord(world, sandboxId, world.clock.now(), parts);
    if ("refusal" in entered) return entered;
    const { sessions, terminals } = commandsOf(world);
    const isTerminal = incoming.url!.startsWith(`/api/sandboxes/${sandboxId}/pty/`);
    const session = isTerminal ? terminals.get(sessionId) : sessions.get(sessionId);
    return { world, parts, session: session?.sandboxId === sandboxId ? session : undefined, sandboxId };
  }

  return {
    takes: (incoming) => incoming.headers.upgrade !== undefined && path.test(incoming.url!),
    request: (_, outgoing) => void outgoing.writeHead(426, { upgrade: "websocket" }).end(),
    fetch: () => undefined, // only a socket has WebSockets
    upgrade: (incoming, socket, head) => {
      const serve = async () => {
        const admitted = await admit(incoming);
        if ("refusal" in admitted) {
          endSocket(socket, writeAnswer(admitted.refusal));
          return;
        }
        server ??= createServer();
        const { world, parts, session, sandboxId } = admitted;
        (await server).handleUpgrade(incoming, socket, head, (client) => {
          client.on("error", () => client.terminate());
          const noteMessage = () => {
            noteActivity(world, sandboxId, parts).catch(() => client.terminate());
          };
          if (session === undefined) client.close(1000, "cell 404");
          else if ("resize" in session) serveTerminal(client, session, noteMessage);
          else serveSession(client, session, { noteMessage, sleep });
        });
      };
      serve().catch(() => socket.destroy());
    },
  };
}

async function createServer(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import("ws");
  return new WebSocketServer({ noServer: true, maxPayload: messageBytesMax });
}

function serveSession(
  client: WebSocket,
  session: Session,
  { noteMessage, sleep }: { readonly noteMessage: () => void; readonly sleep: Sleep },
): void {
  const say = (frame: SessionFrame) => send(client, formatFrame(frame));
  const close = (reason: string) => client.close(1000, reason);
  // The first frame comes a moment after the handshake: clients begin to listen when they are told that it is open.
  setImmediate(() => {
    for (const frame of session.scrollback()) say(frame);
    client.send(Uint8Array.of(4));
    const code = session.exitCode();
    if (code !== undefined) {
      say({ exitCode: code });
      close("exec completed");
      return;
    }
    const detach = session.attach({ say, close });
    const closed = new AbortController();
    client.on("close", () => {
      detach();
      closed.abort();
    });
    keepAlive(client, closed.signal, sleep).catch(() => {}); // it is closed
  });
  client.on("message", (data: Buffer) => {
    noteMessage();
    if (data[0] === 0) session.write(data.subarray(1).toString("latin1"));
  });
}

function send(client: WebSocket, bytes: Buffer): void {
  client.send(bytes);
  if (client.bufferedAmount > unreadBytesMax) client.terminate();
}

/** Bytes as they are typed and shown. */
function serveTerminal(client: WebSocket, terminal: Terminal, noteMessage: () => void): void {
  const say = (bytes: string) => send(client, Buffer.from(bytes, "latin1"));
  const { screen, detach } = terminal.attach({ say, close: (reason) => client.close(1000, reason) });
  setImmediate(() => say(screen));
  client.on("close", detach);
  client.on("message", (data: Buffer) => {
    noteMessage();
    terminal.write(data.toString("latin1"));
  });
}

async function keepAlive(client: WebSocket, closed: AbortSignal, sleep: Sleep): Promise<void> {
  for (;;) {
    await sleep(keepaliveMs, closed);
    client.send(new Uint8Array(0));
  }
}

const keepaliveMs = 30_000;
const streams = { stdout: 1, stderr: 2 } as const;

function formatFrame(frame: SessionFrame): Buffer {
  if ("bytes" in frame) return Buffer.concat([Buffer.of(streams[frame.stream]), Buffer.from(frame.bytes, "latin1")]);
  const bytes = Buffer.alloc(5);
  bytes[0] = 3;
  bytes.writeInt32BE(frame.exitCode, 1);
  return bytes;
}
