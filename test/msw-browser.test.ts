import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "rolldown";
import { expect, test } from "vitest";
import { createMock } from "../mocks/index.ts";
import { browserPath, startBrowser } from "./browser.ts";

/** A page that calls the vendor's address, as an app in a browser would. */
const app = `
  import { setupWorker } from "msw/browser";
  import { createSandboxHandlers } from "./src/msw/index.ts";

  const { mock, key } = Object.fromEntries(new URLSearchParams(location.search));
  const origin = "https://recoup.example";
  await setupWorker(...createSandboxHandlers({ contract: "recoup", origin, mock, key })).start({ quiet: true });
  const headers = { "x-api-key": "a-real-key", "content-type": "application/json" };
  await fetch(origin + "/api/sandboxes", { method: "POST", headers, body: '{"command":"ls"}' });
  const { sandboxes } = await (await fetch(origin + "/api/sandboxes", { headers })).json();
  document.title = "answered: " + sandboxes.map(({ sandboxStatus }) => sandboxStatus).join();
`;

/** Bundled as it is: what the entry point needs of Node would be missing in the page, and tell so. */
async function bundleApp(): Promise<string> {
  const { output } = await build({
    input: "app",
    write: false,
    platform: "browser",
    output: { codeSplitting: false },
    plugins: [
      {
        name: "app",
        resolveId: (id, importer) => {
          if (id === "app") return "\0app.ts";
          return importer === "\0app.ts" && id.startsWith("./") ? new URL(`.${id}`, import.meta.url).pathname : null;
        },
        load: (id) => (id === "\0app.ts" ? app : null),
      },
    ],
  });
  return output[0].code;
}

if (browserPath === undefined) {
  test("no Chromium is on this machine's PATH, so what a page would see stays unseen: install `chromium`", () => {
    expect(Boolean(process.env["CI"]), "CI has a browser: see .ci/run").toBe(false);
  });
} else {
  test("a page's calls of the vendor's address are answered by a mock that runs, in the world of a key", async () => {
    const script = await bundleApp();
    const server = createServer(({ url = "" }, outgoing) => {
      const isScript = url.endsWith(".js");
      outgoing.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      if (url === "/mockServiceWorker.js") outgoing.end(readFileSync("node_modules/msw/lib/mockServiceWorker.js"));
      else outgoing.end(isScript ? script : '<!doctype html><script type="module" src="/app.js"></script>');
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const mock = createMock({ cors: true, clockScale: 0 });
    const world = mock.createWorld();
    const listener = await mock.listen("recoup");
    const browser = await startBrowser();
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      const key = world.tenants.find(({ name }) => name === "ada")!.key;
      const query = new URLSearchParams({ mock: listener.url, key });
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/?${query.toString()}`);
      await expect
        .poll(async () => [await page.title(), ...errors], { timeout: 10_000 })
        .toEqual(["answered: pending"]);
      expect(world.journal.entries().map(({ operation }) => operation)).toEqual(["createSandbox", "listSandboxes"]);
      expect(JSON.stringify(world.journal.entries())).not.toContain("a-real-key");
    } finally {
      await browser.close();
      await listener.close();
      server.close();
    }
  }, 60_000);
}
