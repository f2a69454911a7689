import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMock, type Listener, type Mock } from "../mocks/index.ts";
import { browserPath, startBrowser } from "./browser.ts";

const hostilePage = readFileSync(new URL("hostile-page.html", import.meta.url));
// A worker of any kind: it asks for what its own address names, and tells the page.
const workerScript = `
  const read = () => fetch(new URL(location).searchParams.get("read")).then((one) => one.text()).catch(String);
  const tell = self.postMessage?.bind(self);
  if (typeof ServiceWorkerGlobalScope === "undefined") read().then(tell);
  else self.onmessage = ({ ports: [port] }) => read().then((text) => port.postMessage(text));
`;

/** What stands behind the preview, and on a port of its own: it does whatever helps its page. */
function createHostileServer(): Server {
  return createServer(({ url = "/" }, outgoing) => {
    const { pathname, searchParams } = new URL(url, "http://hostile.example");
    const name = pathname.split("/").at(-1);
    const open = { "access-control-allow-origin": "*", "service-worker-allowed": "/", "set-cookie": "a=b; Path=/" };
    if (name === "redirect") outgoing.writeHead(302, { ...open, location: searchParams.get("to")! }).end();
    else if (name === "worker.js")
      outgoing.writeHead(200, { ...open, "content-type": "text/javascript" }).end(workerScript);
    else {
      const headers = { ...open, "content-type": "text/html", "content-security-policy": "img-src *" };
      outgoing.writeHead(name === "missing" ? 404 : 200, headers).end(hostilePage);
    }
  });
}

const writes = [
  ["POST", "/worlds", '{"seed":"of the attacker"}'],
  ["POST", "/worlds/default/reset", "{}"],
  ["PATCH", "/worlds/default/clock", '{"advanceMs":1000}'],
  ["PUT", "/worlds/default/faults", '[{"id":"E1"}]'],
  ["DELETE", "/worlds/default/journal", "{}"],
] as const;
const reads = ["/worlds", "/worlds/default/snapshot"] as const;

// A browser is no npm package, so a fresh machine may lack one; CI may not.
if (browserPath === undefined) {
  test("no Chromium is on this machine's PATH, so what it would show stays unseen: install `chromium`", () => {
    expect(Boolean(process.env["CI"]), "CI has a browser: see .ci/run").toBe(false);
  });
} else {
  describe("in a browser", () => {
    let browser: Browser;
    let hostile: Server;
    let hostilePort: number;
    let mock: Mock;
    let listener: Listener;
    let sandboxID: string;

    beforeAll(async () => {
      hostile = createHostileServer().listen(0, "127.0.0.1");
      await once(hostile, "listening");
      hostilePort = (hostile.address() as AddressInfo).port;
      mock = createMock({
        clockScale: 0,
        settings: { previewUpstreams: { "3000": `http://127.0.0.1:${hostilePort}` } },
      });
      listener = await mock.listen("opencomputer");
      const headers = { "x-api-key": "sandglass-acme", "content-type": "application/json" };
      const created = await fetch(`${listener.url}/api/sandboxes`, { method: "POST", headers, body: "{}" });
      sandboxID = ((await created.json()) as { sandboxID: string }).sandboxID;
      browser = await startBrowser();
    });
    afterAll(async () => {
      await browser.close();
      await listener.close();
      hostile.closeAllConnections();
      hostile.close();
    });

    /** Everything that a page must not know or change. */
    const look = () => {
      const { tenants, journal, clock, faults, tables } = mock.defaultWorld();
      return {
        worlds: [...mock.universe.worlds()].length,
        keys: tenants.map(({ key }) => key),
        sandboxes: tables().get("opencomputer/sandboxes")?.size(),
        created: journal.entries({ operation: "createSandbox" }).length,
        nowMs: clock.now(),
        faults: faults(),
      };
    };

    const path = () => `http://127.0.0.1:${listener.port}/__sandglass/preview/${sandboxID}/3000`;
    const pages: readonly (readonly [string, () => string])[] = [
      ["a preview reached by its path", () => `${path()}/`],
      ["a preview that answers 404", () => `${path()}/missing`],
      ["a preview reached by its path under localhost", () => `${path().replace("127.0.0.1", "localhost")}/`],
      ["a preview reached by its host name", () => `http://${sandboxID}-p3000.localhost:${listener.port}/`],
      ["another port", () => `http://127.0.0.1:${hostilePort}/`],
      ["another port of localhost", () => `http://localhost:${hostilePort}/`],
    ];

    test.each(pages)("a page of %s reaches nothing of the control API", async (_, address) => {
      const before = look();
      const context = await browser.newContext();
      const asked: string[] = [];
      const answered: string[] = [];
      const isControl = (url: string) => /^\/__sandglass\/(?!preview\/)/.test(new URL(url).pathname);
      context.on("request", (request) => isControl(request.url()) && asked.push(request.method()));
      context.on("response", (response) => {
        if (isControl(response.url()) && response.status() !== 403)
          answered.push(`${response.status()} ${response.url()}`);
      });
      const page = await context.newPage();
      await page.goto(address());
      const controls = ["127.0.0.1", "localhost"].map((host) => `http://${host}:${listener.port}/__sandglass`);
      const learnt = await Promise.all(
        controls.map((control) =>
          page.evaluate<[string, string][]>(`attack(...${JSON.stringify([control, reads, writes])})`),
        ),
      );
      const leaked = learnt.flat().filter(([, text]) => /sandglass-\w|"seed"|^opened$|^ran$/.test(text));
      expect(leaked).toEqual([]);
      expect(answered).toEqual([]);
      expect(look()).toEqual(before);
      expect(asked.length).toBeGreaterThan(100);
      await context.close();
    });

    test.each([
      ["opencomputer", false, "TypeError: Failed to fetch"],
      ["opencomputer", true, "201 with a request id"],
      ["recoup", false, "200"],
      ["recoup", true, "200"],
    ] as const)("a page of another port calls %s with `cors: %s`: %s", async (contract, cors, seen) => {
      const open = createMock({ cors });
      const api = await open.listen(contract);
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${hostilePort}/`);
      const key = contract === "recoup" ? "sandglass-ada" : "sandglass-acme";
      const call = `fetch("${api.url}/api/sandboxes", {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": "${key}" },
        body: "{}",
      }).then(({ status, headers }) => status + (headers.has("x-request-id") ? " with a request id" : ""), String)`;
      expect(await page.evaluate(call)).toBe(seen);
      const control = `fetch("${api.url}/__sandglass/worlds").then((one) => one.text(), String)`;
      expect(await page.evaluate(control)).toBe("TypeError: Failed to fetch");
      await page.close();
      await api.close();
    });

    test("a page of the control API's own origin may use it, and so may a developer who types its address", async () => {
      const page = await browser.newPage();
      const shown = await page.goto(`${listener.url}/__sandglass/worlds/default`);
      expect(shown?.status()).toBe(200);
      const read = "fetch('/__sandglass/worlds').then((response) => response.status)";
      expect(await page.evaluate(read)).toBe(200);
      await page.close();
    });
  });
}
