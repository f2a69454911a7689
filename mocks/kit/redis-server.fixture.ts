import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, connect } from "node:net";
import { describe, expect, test } from "vitest";
import { systemSleep } from "../../src/contract/clock.ts";

/** A Redis of its own, in memory alone, on a free port of this machine. */
export type RedisServer = {
  readonly url: string;
  readonly port: number;
  /** Lets it stand still, and go on. */
  readonly signal: (signal: "SIGSTOP" | "SIGCONT") => void;
  readonly stop: () => Promise<void>;
};

/** The server that is started: another one where `SANDGLASS_REDIS_SERVER` names it. */
const program = process.env["SANDGLASS_REDIS_SERVER"] ?? "redis-server";

/** Valkey's server, where the environment names it. CI has it: see .ci/run. */
export const valkeyServer = process.env["SANDGLASS_VALKEY"];

/** Whether this machine has a Redis. */
export const hasRedis = spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;

/** Tests that take a Redis. A fresh machine may lack it; CI may not. */
export function describeWithRedis(name: string, body: () => void): void {
  if (hasRedis) return void describe(name, body);
  test(`${name}: no redis-server here, which \`apt-get install redis-server\` brings`, () => {
    expect(Boolean(process.env["CI"]), "CI has it: see .ci/run").toBe(false);
  });
}

/**
 * @param more - of its configuration, such as `["--maxmemory", "2mb"]`
 * @param portFlag - of the port that it is to listen on
 * @param server - the program
 */
export async function startRedis(
  more: readonly string[] = [],
  portFlag = "--port",
  server = program,
): Promise<RedisServer> {
  const free = await freePort();
  const child: ChildProcess = spawn(
    server,
    [
      "--port",
      "0",
      portFlag,
      String(free),
      "--bind",
      "127.0.0.1",
      "--databases",
      "99",
      "--save",
      "",
      "--appendonly",
      "no",
      ...more,
    ],
    { stdio: "ignore" },
  );
  const ended = once(child, "exit");
  process.once("exit", () => child.kill("SIGKILL")); // of a test that failed, it would stay
  for (let tries = 0; !(await answers(free)); tries += 1) {
    if (tries === 200 || child.exitCode !== null) throw new Error("redis-server did not start");
    await systemSleep(25);
  }
  return {
    ...{ url: `redis://127.0.0.1:${free}`, port: free },
    signal: (signal) => void child.kill(signal),
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
