import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createPlainServer, request } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openComputerKeys, startOpenComputer } from "./reference/opencomputer.ts";

// What goes wrong in a TLS handshake, met on real sockets by all that speaks to a server: the words say what to do.

const folder = mkdtempSync(join(tmpdir(), "sandglass-tls-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Makes a certificate that signs itself, with the key that all share, and gives its file. */
function makeCertificate(name: string, { host = "IP:127.0.0.1", days = 2 } = {}): string {
  const [file, request, extensions] = [`${name}.pem`, `${name}.csr`, `${name}.ext`];
  const openssl = (text: string) => execFileSync("openssl", text.split(" "), { cwd: folder, stdio: "pipe" });
  writeFileSync(join(folder, extensions), `subjectAltName=${host}\nbasicConstraints=CA:TRUE\n`);
  openssl(`req -new -key key.pem -subj /CN=${name} -out ${request}`);
  openssl(`x509 -req -in ${request} -signkey key.pem -days ${days} -extfile ${extensions} -out ${file}`);
  return join(folder, file);
}

type Situation = { title: string; trusted?: string; served?: string; words: string };
const situations: Situation[] = [
  { title: "signs itself", served: "plain", words: "its certificate is not trusted here: name its authority's file in NODE_EXTRA_CA_CERTS; DEPTH_ZERO_SELF_SIGNED_CERT" },
  { title: "has expired", served: "expired", trusted: "expired", words: "its certificate is not valid today: renew it, or mend this machine's clock; CERT_HAS_EXPIRED" },
  { title: "is for another host", served: "other", trusted: "other", words: "its certificate is for another host name: write the one that it is for; ERR_TLS_CERT_ALTNAME_INVALID" },
  { title: "is none, since the server speaks plain HTTP", words: "what listens there speaks no TLS: write http://; ERR_SSL_" },
]; // prettier-ignore

const urls = new Map<string | undefined, string>();
const servers: Server[] = [];
beforeAll(async () => {
  execFileSync("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", join(folder, "key.pem")]);
  const key = readFileSync(join(folder, "key.pem"));
  const certificates = {
    plain: makeCertificate("plain"),
    expired: makeCertificate("expired", { days: -1 }),
    other: makeCertificate("other", { host: "DNS:elsewhere.example" }),
  };
  const all = [
    ...Object.entries(certificates).map(
      ([name, file]) => [name, createServer({ key, cert: readFileSync(file) })] as const,
    ),
    [undefined, createPlainServer() as unknown as Server] as const,
  ];
  for (const [name, server] of all) {
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    urls.set(name, `https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
});
afterAll(() => servers.forEach((server) => server.close()));

test(
  "a target that asks for a certificate is judged with one, previews too, and its key is shown nowhere",
  { timeout: 120_000 },
  async () => {
    const reference = await startOpenComputer();
    const cert = makeCertificate("asked", { host: "IP:127.0.0.1,DNS:*.previews.localhost" });
    const key = join(folder, "key.pem");
    const pem = { key: readFileSync(key), cert: readFileSync(cert), ca: readFileSync(cert) };
    const shown = new Set<string>();
    const gateway = createServer({ ...pem, requestCert: true }, (incoming, outgoing) => {
      shown.add(incoming.headers.host?.startsWith("sb-") === true ? "to a preview" : "to the API");
      const { method, url = "" } = incoming;
      const headers = { ...incoming.headers, host: incoming.headers.host?.replace(".previews.", ".") };
      const forward = request(`${reference.url}${url}`, { method, headers, agent: false }, (answer) => {
        answer.pipe(outgoing.writeHead(answer.statusCode ?? 0, answer.headers));
      });
      incoming.pipe(forward);
    });
    await once(gateway.listen(0, "127.0.0.1"), "listening");
    const url = `https://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const [report, ledger] = [join(folder, "report.json"), join(folder, "certified.jsonl")];
    const laws = [
      "--law",
      "opencomputer/preview/token-own-header",
      "--preview-domain",
      "previews.localhost",
      "--report",
      `json=${report}`,
      "--ledger",
      ledger,
    ];
    const conform = [command, "conform", "opencomputer", "--url", url, "--key", openComputerKeys.acme, ...laws];
    try {
      const without = await run([...conform, "--ca", cert], undefined);
      // In TLS 1.3 the refusal comes after the handshake, or the end of the connection does.
      expect(without.text).toMatch(/without a certificate that it trusts; ERR_SSL|other side closed/);
      expect(without.code).toBe(2);
      expect([...shown]).toEqual([]);
      const { code, text } = await run([...conform, "--ca", cert, "--cert", cert, "--cert-key", key], undefined);
      expect(text).toContain("0 not judged, 0 broken, 1 passed");
      expect(code).toBeUndefined();
      expect([...shown].toSorted()).toEqual(["to a preview", "to the API"]);
      const secret = pem.key.toString().split("\n")[1]!;
      for (const written of [text, readFileSync(report, "utf8"), readFileSync(ledger, "utf8")])
        expect(written).not.toContain(secret);
    } finally {
      gateway.closeAllConnections();
      gateway.close();
      await reference.close();
    }
  },
);

test("a certificate that cannot be shown is refused, without a word of what its file holds", async () => {
  const url = urls.get("plain")!;
  const conform = [command, "conform", "opencomputer", "--url", url, "--key", "key-one"];
  const certs = ["--cert", join(folder, "plain.pem")];
  const { code, text } = await run([...conform, ...certs], undefined);
  expect(text).toMatch(/write PEM files, a key without a passphrase, and the certificate's own key/);
  expect(text).not.toMatch(/BEGIN|MII/);
  expect(code).toBe(2);
});

/** The arguments of Node that ask a server, each in its own way. */
const callers: Record<string, (url: string) => string[]> = {
  "generate --spec": (url) => [command, "generate", "--fetch", "--spec", `${url}/a.yaml`, "--out", join(folder, "out")],
  conform: (url) => [command, "conform", "opencomputer", "--url", url, "--key", "key-one", "--other-key", "key-two"],
  sweep: (url) => {
    const header = { type: "run", version: 1, contract: "opencomputer", target: url, startedAt: "", pid: 1 };
    writeFileSync(join(folder, "ledger.jsonl"), `${JSON.stringify(header)}\n`);
    return [command, "sweep", join(folder, "ledger.jsonl"), "--url", url, "--key", "key-one"];
  },
  "a client": (url) => [
    "--input-type=module",
    "--eval",
    `import { createOpenComputerClient } from ${JSON.stringify(resolve("src/index.ts"))};
    const client = createOpenComputerClient({ baseUrl: ${JSON.stringify(url)}, apiKey: "key-one", retry: { limit: 0 } });
    await client.sandboxes.list().catch((error) => { console.error(error.name, error.code, error.message); process.exitCode = 2; });`,
  ],
};
const command = "src/cli/main.ts";

function run(args: readonly string[], trusted: string | undefined): Promise<{ code: unknown; text: string }> {
  const extra = trusted === undefined ? {} : { NODE_EXTRA_CA_CERTS: join(folder, `${trusted}.pem`) };
  return new Promise((done) => {
    const env = { PATH: process.env["PATH"], ...extra };
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      done({ code: error?.code, text: stdout + stderr }),
    );
  });
}

const cases = situations.flatMap((situation) => Object.keys(callers).map((caller) => ({ ...situation, caller })));
test.each(cases)("$caller says that a certificate $title", async ({ caller, served, trusted, words }) => {
  const { code, text } = await run(callers[caller]?.(urls.get(served) ?? "") ?? [], trusted);
  expect(text).toContain(words);
  expect(text.trimEnd().split("\n")).toHaveLength(1);
  expect(code).toBe(2);
});
