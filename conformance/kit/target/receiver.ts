import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemSleep } from "../../../src/contract/clock.ts";
import type { Received, Receiver } from "../law/call.ts";
import { isObject } from "../law/schema.ts";
import { Unjudged } from "../law/unjudged.ts";
import { findWorld, patchOf } from "./control.ts";
import type { Target } from "./target.ts";
import { isLoopback } from "./target.ts";

/** Where a target can reach the run: at an address that the user gave, or on this machine where the target is, too. */
export function hasReceiver({ webhookUrl, fetch, baseUrl }: Target): boolean {
  return webhookUrl !== undefined || fetch !== undefined || isLoopback(baseUrl);
}

/** Receivers of one run, which share a listener on this machine. */
type Receivers = {
  /** Opens one at an address that nothing else has. */
  readonly open: () => Promise<Receiver>;
  readonly close: () => Promise<void>;
};

const bodyBytesMax = 1024 * 1024;
const waitMsMax = 10_000; // of this machine's time: a delivery takes some, whatever the target's clock says
const pollMs = 25;

/** Creates receivers that listen to nothing yet. */
export function createReceivers(target: Target): Receivers {
  const received = new Map<string, Received[]>(); // by the path of the receiver
  let listening: Promise<{ readonly base: string; readonly server: Server }> | undefined;
  return {
    open: async () => {
      const { base } = await (listening ??= listen(target, received));
      const path = `/${received.size + 1}`;
      const own: Received[] = [];
      received.set(path, own);
      return {
        url: `${base}${path}`,
        received: async (count) => {
          for (let waitedMs = 0; own.length < count && waitedMs < waitMsMax; waitedMs += pollMs)
            await systemSleep(pollMs);
          return [...own];
        },
      };
    },
    close: async () => {
      const { server } = (await listening) ?? {};
      server?.closeAllConnections();
      server?.close();
    },
  };
}

async function listen(target: Target, received: ReadonlyMap<string, Received[]>) {
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer((request, response) => {
    const path = /\/\d+$/.exec(request.url ?? "")?.[0];
    keep(request, received.get(path ?? "")).then(
      (isKept) => response.writeHead(isKept ? 204 : 404).end(),
      () => response.destroy(),
    );
  });
  server.unref(); // a run that ends without closing it is not held up
  const { webhookUrl, webhookPort = 0 } = target;
  await new Promise<void>((resolve, reject) => {
    server.on("error", () => reject(new Unjudged("input-missing", `port ${webhookPort} for webhooks is taken`)));
    server.listen(webhookPort, "127.0.0.1", resolve);
  });
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, base: webhookUrl?.replace(/\/+$/, "") ?? (await routeOf(target, own)) };
}

/** The mock takes addresses of https alone, as the vendor does, and can be told where they lead. */
async function routeOf(target: Target, own: string): Promise<string> {
  const world = await findWorld(target);
  const known = await world?.ask("");
  if (world === undefined || !isObject(known) || !isObject(known["settings"])) return own;
  const { webhookTargets } = known["settings"];
  const origin = "https://receiver.sandglass.invalid";
  const targets = { ...(isObject(webhookTargets) ? webhookTargets : {}), [origin]: own };
  await world.ask("/settings", patchOf({ webhookTargets: targets }));
  return origin;
}

async function keep(request: IncomingMessage, into: Received[] | undefined): Promise<boolean> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) return false;
    chunks.push(chunk);
  }
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  into?.push({ headers: Object.fromEntries(headers) as Received["headers"], body: Buffer.concat(chunks).toString() });
  return into !== undefined;
}
