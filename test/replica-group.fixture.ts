import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Readable } from "node:stream";
import { createProxyServer } from "httpxy";

/** A replica in a process of its own. */
export type ReplicaProcess = {
  readonly url: string;
  /** Ends it as a machine that fails does, and starts it again on its port. */
  readonly killAndRestart: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export async function startReplicaProcess(state: string): Promise<ReplicaProcess> {
  let child: ChildProcess;
  let port = 0;
  let isStopped = false;
  const begin = async () => {
    child = fork(new URL("./replica-process.fixture.ts", import.meta.url), [state, String(port)], { execArgv: [] });
    const [said] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [{ port?: number } | null];
    if (said?.port !== undefined) port = said.port;
    else if (!isStopped) throw new Error("a replica did not start");
  };
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    const ended = once(child, "exit");
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await ended;
    }
  };
  await begin();
  return {
    url: `http://127.0.0.1:${port}`,
    killAndRestart: async () => {
      await end("SIGKILL");
      await begin();
    },
    stop: () => {
      isStopped = true;
      return end("SIGKILL");
    },
  };
}

/** A plain load balancer: round robin, and the next one where a connection is refused. */
export async function startBalancer(urls: readonly string[]) {
  let turn = 0;
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body: Buffer[] = [];
    for await (const piece of incoming as AsyncIterable<Buffer>) body.push(piece);
    for (let tries = 0; tries < urls.length; tries += 1) {
      const target = urls[(turn += 1) % urls.length]!;
      const sent = createProxyServer().web(incoming, outgoing, { target, buffer: Readable.from(body) });
      const code = await sent.then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error.code,
      );
      if (code === undefined || outgoing.headersSent) return;
      if (code !== "ECONNREFUSED") break;
    }
    if (!outgoing.headersSent) outgoing.writeHead(502).end();
  };
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing).catch(() => outgoing.destroy()));
  server.on("upgrade", (incoming, socket: Socket, head) => {
    socket.on("error", () => socket.destroy());
    const target = urls[(turn += 1) % urls.length]!;
    createProxyServer()
      .ws(incoming, socket, { target }, head)
      .catch(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
