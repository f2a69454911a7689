import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWithRedis, hasRedis, type RedisServer, startRedis } from "../mocks/kit/redis-server.fixture.ts";
import { systemSleep } from "../src/contract/clock.ts";
import { type ReplicaProcess, startBalancer, startReplicaProcess } from "./replica-group.fixture.ts";

/**
 * Judges three replicas behind a round-robin balancer as one server: at rest, and while one of them is killed and started again
 * each second. `SANDGLASS_REPLICA_LAWS=all` judges by all laws.
 */
const isAll = process.env["SANDGLASS_REPLICA_LAWS"] === "all";
/** The laws of each run, as flags. */
const runs: readonly (readonly string[])[] = isAll
  ? [[]]
  : [
      ["--law", "opencomputer/rotate-preview-token/*"],
      ["--law", "opencomputer/sequence/linearizable"],
    ];

const folder = mkdtempSync(join(tmpdir(), "sandglass-replicas-"));
let redis: RedisServer;
const group: ReplicaProcess[] = [];
let ledgers = 0;

beforeAll(async () => {
  if (!hasRedis) return;
  redis = await startRedis();
  for (let at = 0; at < 3; at += 1) group.push(await startReplicaProcess(redis.url));
}, 60_000);
afterAll(async () => {
  await Promise.all(group.map((replica) => replica.stop()));
  if (hasRedis) await redis.stop();
  rmSync(folder, { recursive: true });
});

type Told = {
  readonly laws: readonly Record<"id" | "verdict" | "skipCause" | "reason", string | null>[];
};

/** What a run by the command tells of each law that it does not pass, but for those that lack an input or are never sent. */
async function conform(url: string, laws: readonly string[]): Promise<readonly string[]> {
  const [report, ledger] = [join(folder, "report.json"), join(folder, `${(ledgers += 1)}.jsonl`)];
  const keys = ["--key", "sandglass-acme", "--other-key", "sandglass-globex"];
  const files = ["--report", `json=${report}`, "--ledger", ledger];
  const args = [command, "conform", "opencomputer", "--url", url, "--seed", "1", ...keys, ...laws, ...files];
  rmSync(report, { force: true });
  const said = await new Promise<string>((resolve) =>
    execFile(process.execPath, args, (_error, stdout, stderr) => resolve(stdout + stderr)),
  );
  expect(existsSync(report), said).toBe(true);
  const told = JSON.parse(readFileSync(report, "utf8")) as Told;
  expect(told.laws.length).toBeGreaterThan(0);
  return told.laws
    .filter(({ verdict, skipCause }) => verdict !== "pass" && skipCause !== "input-missing" && skipCause !== "profile")
    .map(({ id, verdict, reason }) => `${id}: ${verdict}, ${reason}`);
}

const command = fileURLToPath(new URL("../src/cli/sandglass.js", import.meta.url));

describeWithRedis("three replicas behind a balancer are judged as one server", () => {
  test.each([false, true])("while one is killed each second: %s", { timeout: 900_000 }, async (isKilling) => {
    const balancer = await startBalancer(group.map(({ url }) => url));
    let isOver = false;
    let kills = 0;
    const killing = async () => {
      for (; isKilling && !isOver; kills += 1) {
        await Promise.all([group[kills % group.length]!.killAndRestart(), systemSleep(1_000)]);
      }
    };
    const judging = async () => {
      const broken = [];
      for (const laws of runs) broken.push(...(await conform(balancer.url, laws)));
      return broken;
    };
    const [broken] = await Promise.all([judging().finally(() => (isOver = true)), killing()]);
    await balancer.close();
    expect(broken).toEqual([]);
    if (isKilling) expect(kills).toBeGreaterThan(2);
  });

  test("a Redis with TLS is one whose certificate the machine trusts", { timeout: 60_000 }, async () => {
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const openssl = (text: string) => execFileSync("openssl", text.split(" "), { stdio: "pipe" });
    openssl(`ecparam -name prime256v1 -genkey -noout -out ${key}`);
    openssl(
      `req -x509 -new -key ${key} -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 -out ${certificate}`,
    );
    const files = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate];
    const secured = await startRedis(
      [...files, "--tls-auth-clients", "no", "--requirepass", "pass-word"],
      "--tls-port",
    );
    const state = `rediss://:pass-word@localhost:${secured.port}`;
    const args = [command, "mock", "opencomputer", "--port", "0", "--state", state];
    const start = (env: NodeJS.ProcessEnv) => execFile(process.execPath, args, { env: { ...process.env, ...env } });
    const refused = start({});
    const [said] = (await once(refused.stderr!, "data")) as [string];
    expect(said).toMatch(
      /^sandglass: state in rediss:\/\/localhost:\d+: it cannot be used \(.*self-signed certificate.*\)/,
    );
    expect(said).not.toContain("pass-word");
    const up = start({ NODE_EXTRA_CA_CERTS: certificate });
    let told = "";
    for await (const piece of up.stdout!) if ((told += String(piece)).includes("is up")) break;
    up.kill();
    expect(told).toMatch(/^A replica of the mock in rediss:\/\/localhost:\d+ is up; stop with Ctrl\+C\.$/m);
    await secured.stop();
  });
});
