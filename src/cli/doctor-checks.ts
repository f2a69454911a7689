import { lookup } from "node:dns/promises";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import type { FoundPeer } from "./optional-peers.ts";

/** How something stands: as it has to be, worth knowing, or in the way. */
export type Health = "ok" | "note" | "wrong";

/** One thing that was looked at. */
export type Diagnosis = { readonly health: Health; readonly subject: string; readonly text: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether this Node is one that package.json asks for: ">=22.18". */
export function checkNode(version: string, range: string): Diagnosis {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = range.replace(/^>=/, "").split(".").map(Number);
  const isNewEnough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  const text = isNewEnough ? version : `${version}: install Node ${leastMajor}.${leastMinor} or newer`;
  return { health: isNewEnough ? "ok" : "wrong", subject: "Node", text };
}

/** Whether a mock can listen on its usual port, or one does already. */
export async function checkPort(title: string, port: number, flag: string): Promise<Diagnosis> {
  const subject = `port ${port}`;
  if (await isFree(port)) return { health: "ok", subject, text: `free for ${title}` };
  const isMock = await fetch(`http://127.0.0.1:${port}/__sandglass/health`, {
    signal: AbortSignal.timeout(2_000),
  }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (isMock) return { health: "ok", subject, text: `a mock listens: http://127.0.0.1:${port}/__sandglass` };
  return { health: "note", subject, text: `in use by something else: start the mock of ${title} with ${flag} PORT` };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Whether programs that ask the system for names reach previews: `sb-…-p3000.localhost`. Browsers and curl do without. */
export async function checkPreviewNames(): Promise<Diagnosis> {
  const subject = "previews";
  const name = "sb-0-p3000.localhost";
  const found = await lookup(name).then(
    ({ address }) => address,
    () => undefined,
  );
  if (found === "127.0.0.1" || found === "::1") return { health: "ok", subject, text: `*.localhost leads to ${found}` };
  const advice =
    "use the client's previewFetch, or connect to 127.0.0.1 with that Host; browsers and curl need neither";
  return { health: "note", subject, text: `this system does not look up ${name}: ${advice}` };
}

/** Whether what a command alone needs is there, and of a version that was asked for. */
export function checkPeers(use: string, peers: readonly FoundPeer[], install: string): Diagnosis {
  const missing = peers.filter(({ version }) => version === undefined);
  if (missing.length > 0) return { health: "note", subject: use, text: `not installed; for this alone: ${install}` };
  const unfit = peers.filter(({ range, version = "" }) => !fits(version, range));
  const text = peers.map(({ name, version }) => `${name} ${version}`).join(", ");
  if (unfit.length === 0) return { health: "ok", subject: use, text };
  const wanted = unfit.map(({ name, range }) => `${name} ${range}`).join(", ");
  return { health: "wrong", subject: use, text: `${text}; it wants ${wanted}: ${install}` };
}

/** Ranges of package.json alone: `^1.2.3`, `^0.4.9` and `>=3.2.0`. */
function fits(version: string, range: string): boolean {
  const [own, least] = [version, range.replace(/^\D+/, "")].map((text) => text.split(".").map(Number)) as [
    number[],
    number[],
  ];
  const differs = [0, 1, 2].find((at) => own[at] !== least[at]);
  if (differs === undefined) return true;
  if ((own[differs] ?? 0) < (least[differs] ?? 0)) return false;
  const first = least.findIndex((part) => part !== 0); // what a caret keeps
  return !range.startsWith("^") || differs > first;
}

/** A proxy that would be asked for this machine's own mock, or one that Node does not ask. */
export function checkProxies(environment: Environment): Diagnosis {
  const subject = "proxy";
  const of = (name: string) => environment[name] ?? environment[name.toLowerCase()];
  const proxy = of("HTTPS_PROXY") ?? of("HTTP_PROXY");
  if (proxy === undefined || proxy === "") return { health: "ok", subject, text: "none is set" };
  const shown = URL.canParse(proxy) ? new URL(proxy).host : "an address that is none";
  const exempt = (of("NO_PROXY") ?? "").split(/[\s,]+/);
  if (!exempt.some((one) => one === "*" || one === "127.0.0.1")) {
    return {
      health: "note",
      subject,
      text: `curl and others ask ${shown} for the mock too: add 127.0.0.1,localhost to NO_PROXY`,
    };
  }
  const isUsed = environment["NODE_USE_ENV_PROXY"] === "1";
  const text = isUsed
    ? shown
    : `${shown}, which Node's fetch asks with NODE_USE_ENV_PROXY=1 alone, and conform, replay and sweep anyway`;
  return { health: isUsed ? "ok" : "note", subject, text };
}

/** What changes how servers' certificates are judged. */
export function checkTls(environment: Environment): Diagnosis {
  const subject = "TLS";
  if (environment["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    const text =
      "NODE_TLS_REJECT_UNAUTHORIZED=0 lets any server pose as yours: name its CA with NODE_EXTRA_CA_CERTS instead";
    return { health: "wrong", subject, text };
  }
  const file = environment["NODE_EXTRA_CA_CERTS"];
  if (file === undefined || file === "") return { health: "ok", subject, text: "certificates are judged as usual" };
  if (existsSync(file)) return { health: "ok", subject, text: `trusts ${file} as well` };
  return { health: "wrong", subject, text: `NODE_EXTRA_CA_CERTS names ${file}, which is not there: correct it` };
}

/** Which keys a run would take. None is shown. */
export function checkKeys({ SANDGLASS_KEY: key = "", SANDGLASS_OTHER_KEY: other = "" }: Environment): Diagnosis {
  const subject = "keys";
  if (key !== "" && key === other) {
    return {
      health: "wrong",
      subject,
      text: "SANDGLASS_KEY and SANDGLASS_OTHER_KEY are the same: give the key of a second tenant",
    };
  }
  if ([key, other].some((one) => one !== one.trim())) {
    return { health: "wrong", subject, text: "a key begins or ends with a blank: set it anew" };
  }
  if (key === "") return { health: "note", subject, text: "SANDGLASS_KEY is not set: conform takes --key then" };
  const text = other === "" ? "SANDGLASS_KEY is set; laws about tenants need SANDGLASS_OTHER_KEY too" : "both are set";
  return { health: other === "" ? "note" : "ok", subject, text };
}
