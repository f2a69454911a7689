import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMock, type Listener, type Mock } from "../mocks/index.ts";
import { browserPath, startBrowser } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
type Violation = { readonly id: string; readonly nodes: readonly { readonly html: string }[] };

// A browser is no npm package, so a fresh machine may lack one; CI may not.
if (browserPath === undefined) {
  test("no Chromium is on this machine's PATH, so the inspector stays unseen: install `chromium`", () => {
    expect(Boolean(process.env["CI"]), "CI has a browser: see .ci/run").toBe(false);
  });
} else {
  describe("the inspector", { timeout: 60_000 }, () => {
    let browser: Browser;
    let mock: Mock;
    let listener: Listener;
    let page: Page;
    const asked: string[] = [];
    const wrong: string[] = [];

    beforeAll(async () => {
      browser = await startBrowser();
    });
    afterAll(() => browser.close());

    beforeEach(async () => {
      mock = createMock({ seed: "inspector", clockScale: 0, startMs: Date.UTC(2030, 0, 1, 12) });
      listener = await mock.listen("opencomputer");
      const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
      page = await context.newPage();
      page.setDefaultTimeout(8_000);
      asked.length = 0;
      wrong.length = 0;
      page.on("request", (request) => asked.push(new URL(request.url()).origin));
      page.on("pageerror", (error) => wrong.push(String(error)));
      page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    });
    afterEach(async () => {
      await page.context().close();
      await listener.close();
      expect(wrong).toEqual([]);
      expect([...new Set(asked)].filter((origin) => origin !== "null" && origin !== listener.url)).toEqual([]);
    });

    const open = async () => {
      await page.goto(`${listener.url}/__sandglass/`);
      await page.getByText("live", { exact: true }).waitFor();
    };
    const api = async (path: string, init: { method?: string; body?: unknown; key?: string } = {}) => {
      const { method = init.body === undefined ? "GET" : "POST", body, key = "sandglass-acme" } = init;
      const headers = { "x-api-key": key, "content-type": "application/json" };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      return fetch(`${listener.url}${path}`, { method, headers, ...sent });
    };
    const create = async (body: object = { timeout: 60 }) =>
      ((await (await api("/api/sandboxes", { body })).json()) as { sandboxID: string }).sandboxID;
    const tab = (name: string) => page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();
    const copied = () => page.evaluate<string>("navigator.clipboard.readText()");
    const violations = async () => {
      await page.evaluate(axe);
      const found = await page.evaluate<Violation[]>("axe.run().then(({ violations }) => violations)");
      return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    };
    const isWide = () => page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");

    test("what happens to the world shows without a reload", async () => {
      await open();
      await page.getByText("No sandbox yet").waitFor();
      const id = await create();
      await page.getByText(id).waitFor();
      await page.getByText("hibernated in 1 min").waitFor();
      await api(`/api/sandboxes/${id}`, { method: "DELETE" });
      await page.locator("li", { hasText: id }).getByText("stopped", { exact: true }).waitFor();
    });

    test("a sandbox has its states past and to come, each with its cause, and the clock can go there", async () => {
      const id = await create();
      await api(`/api/sandboxes/${id}/hibernate`, { method: "POST" });
      mock.defaultWorld().clock.advance(30_000);
      await api(`/api/sandboxes/${id}/wake`, { body: {} });
      await open();
      await page.getByText(id).click();
      const states = page.getByRole("list", { name: `States of ${id}` }).getByRole("listitem");
      const told = () => states.allInnerTexts();
      await expect
        .poll(told)
        .toEqual([
          "12:00:00.000 running made by acme",
          `12:00:00.000 hibernated acme: POST /api/sandboxes/${id}/hibernate`,
          `12:00:30.000 running acme: POST /api/sandboxes/${id}/wake`,
          expect.stringMatching(/^in 1 min hibernated idle for 60 s, if nothing else happens/),
        ]);
      await page.getByRole("button", { name: "Go there" }).click();
      await page.locator("li.to-come").waitFor({ state: "detached" });
      await expect.poll(async () => (await told()).at(-1)).toBe("12:01:30.000 hibernated idle for 60 s");
      expect(mock.defaultWorld().clock.now()).toBe(Date.UTC(2030, 0, 1, 12, 1, 30));
    });

    test("the clock is frozen, set going and stepped", async () => {
      await open();
      const { clock } = mock.defaultWorld();
      const before = clock.now();
      await page.getByRole("button", { name: "+5 min" }).click();
      await page.locator(".clock time", { hasText: "12:05:00" }).waitFor();
      expect(clock.now() - before).toBe(300_000);
      await page.getByLabel("Speed").selectOption("60");
      await expect.poll(() => clock.scale()).toBe(60);
      await page.locator(".clock time", { hasText: "12:06" }).waitFor(); // it goes on by itself
      await page.getByRole("button", { name: "Freeze" }).click();
      await page.getByRole("button", { name: "Frozen" }).waitFor();
      expect(clock.scale()).toBe(0);
    });

    test("a request shows with its answer and its reason, keys masked, and is copied as curl and as a test", async () => {
      await open();
      await tab("Requests");
      await api("/api/sandboxes", { body: { timeout: -1, previewAuth: { token: "correct-horse-battery" } } });
      const row = page.getByRole("button", { name: /^400 12:00:00\.000 POST \/api\/sandboxes acme timeout-negative$/ });
      await row.click();
      const details = page.locator(".details");
      const text = await details.innerText();
      expect(text).toContain("timeout-negative at /timeout: seconds of idleness, 0 for never");
      expect(text).toContain("x-api-key: ***");
      expect(text).not.toMatch(/sandglass-acme|correct-horse/);
      await page.getByRole("button", { name: "Copy as curl" }).click();
      await page.getByRole("button", { name: "Copied" }).waitFor();
      expect(await copied()).toMatch(
        /^curl -i 'http:\/\/127\.0\.0\.1:\d+\/api\/sandboxes' -H "x-api-key: \$SANDGLASS_KEY" .*-d '\{"timeout":-1/,
      );
      await page.getByRole("button", { name: "Copy as a vitest test" }).click();
      await expect.poll(copied).toMatch(/^import \{ expect, test \} from "vitest";[^]*toBe\(400\);/);
    });

    test("requests are filtered by their answers and their words, held, and emptied", async () => {
      const id = await create();
      await api("/api/sandboxes/sb-00000000");
      await open();
      await tab("Requests");
      const rows = page.locator(".rows > li");
      await expect.poll(() => rows.count()).toBe(2);
      await page.getByLabel("Answers").selectOption("4");
      await expect.poll(() => rows.count()).toBe(1);
      await page.getByLabel("Answers").selectOption("");
      await page.getByLabel("Filter requests").fill(id);
      await expect.poll(() => rows.count()).toBe(1); // its id is in the answer's body
      await page.getByLabel("Filter requests").fill("");
      await page.getByRole("button", { name: "Hold" }).click();
      await api("/api/sandboxes");
      await page.getByText("3 requests").waitFor();
      expect(await rows.count()).toBe(2);
      await page.getByRole("button", { name: "Held" }).click();
      await expect.poll(() => rows.count()).toBe(3);
      await page.getByRole("button", { name: "Empty the journal" }).click();
      await expect.poll(() => mock.defaultWorld().journal.entries().length).toBe(0);
    });

    test("a fault has its words, and is switched on and off", async () => {
      await open();
      await tab("Faults");
      await page.getByText("a mock that accepts a create with a negative timeout, as if it were 0").waitFor();
      await page.getByLabel("negative-timeout-accepted").check();
      await expect.poll(() => mock.defaultWorld().faults()).toEqual([{ id: "negative-timeout-accepted" }]);
      expect((await api("/api/sandboxes", { body: { timeout: -1 } })).status).toBe(201);
      await page.getByLabel("Filter faults").fill("429");
      await expect.poll(() => page.getByRole("checkbox").count()).toBe(1);
      await page.getByRole("button", { name: "Switch all off (1)" }).click();
      await expect.poll(() => mock.defaultWorld().faults()).toEqual([]);
    });

    test("worlds are made, forked, reset and deleted; quota and use are shown", async () => {
      await create();
      mock.defaultWorld().clock.advance(10_000);
      await open();
      await tab("World");
      const acme = page.getByRole("row", { name: /^acme/ });
      await acme.getByRole("cell", { name: "10", exact: true }).waitFor(); // sandbox-seconds
      await page.getByLabel("Running sandboxes for each").fill("3");
      await page.getByRole("button", { name: "Set quota" }).click();
      await acme.getByText("1 of 3").waitFor();
      await acme.getByRole("button", { name: "Copy key" }).click();
      await expect.poll(copied).toBe("sandglass-acme");
      await page.getByRole("button", { name: "Fork this one" }).click();
      const forked = () => [...mock.universe.worlds()].find(({ id }) => id !== "default");
      await expect.poll(() => forked()?.id).toBeDefined();
      await expect.poll(() => page.getByRole("combobox", { name: "World" }).inputValue()).toBe(forked()!.id);
      await acme.getByText("1 of 3").waitFor();
      await page.getByRole("button", { name: "Reset it" }).click();
      await page.getByRole("button", { name: "Delete it" }).click();
      await expect.poll(() => page.getByRole("combobox", { name: "World" }).inputValue()).toBe("default");
      expect(forked()).toBeUndefined();
      await page.getByRole("button", { name: "New world" }).click();
      await expect.poll(() => [...mock.universe.worlds()].length).toBe(2);
    });

    test("a preview is a link to its host, and a line to paste where it asks for a token", async () => {
      const id = await create({ previewAuth: {} });
      await open();
      await page.getByText(id).click();
      await page.getByLabel("Preview of port").fill("5173");
      const link = page.getByRole("link");
      expect(await link.getAttribute("href")).toBe(`http://${id}-p5173.localhost:${listener.port}/`);
      expect(await link.getAttribute("rel")).toBe("noopener noreferrer");
      await page.getByRole("button", { name: "Copy as curl" }).click();
      await expect.poll(copied).toMatch(/-H "X-OC-Preview-Token: \$TOKEN"$/);
    });

    test("what callers send is text to the page", async () => {
      const attack = "<img src=x onerror=document.title='owned'>";
      const id = await create();
      await api(`/api/sandboxes/${id}/tags`, { method: "PUT", body: { note: attack } });
      await api(`/api/${encodeURIComponent(attack)}?${attack}`);
      await open();
      await page.locator(".rows .row").first().click();
      await page.getByText(attack).first().waitFor();
      await tab("Requests");
      await page.locator(".rows .row").first().click();
      expect(await page.title()).toBe("Sandglass inspector");
      expect(await page.locator("img").count()).toBe(0);
    });

    test("a key chooses a tab, another one the filter, and arrows move between tabs", async () => {
      await open();
      await page.keyboard.press("2");
      await page.getByLabel("Filter requests").waitFor();
      await page.keyboard.press("/");
      expect(await page.evaluate("document.activeElement.ariaLabel")).toBe("Filter requests");
      await page.keyboard.type("3"); // typed, not pressed
      expect(await page.getByLabel("Filter requests").inputValue()).toBe("3");
      await page.getByRole("tab", { name: "Requests" }).focus();
      await page.keyboard.press("ArrowRight");
      await page.getByLabel("Filter faults").waitFor();
    });

    test.each([
      [1280, "light"],
      [390, "light"],
      [390, "dark"],
    ] as const)(
      "at %i px, %s, no tab breaks a rule of accessibility or is wider than the screen",
      async (width, colorScheme) => {
        await page.setViewportSize({ width, height: 844 });
        await page.emulateMedia({ colorScheme });
        const id = await create({ timeout: 60, previewAuth: {} });
        await api(`/api/sandboxes/${id}/tags`, { method: "PUT", body: { team: "search" } });
        await api("/api/sandboxes", { body: { timeout: -1 } });
        await open();
        await page.getByText(id).click();
        for (const name of ["Sandboxes", "Requests", "Faults", "World"]) {
          await tab(name);
          if (name === "Requests") await page.locator(".row").first().click();
          if (name === "Faults") await page.getByLabel("rate-limit").check();
          expect([name, await violations(), await isWide()]).toEqual([name, [], false]);
          const folder = process.env["SANDGLASS_SCREENSHOTS"];
          if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png` });
        }
      },
    );

    test("10,000 sandboxes and 5,000 requests in a second leave it usable, and it says what it leaves out", async () => {
      for (let made = 0; made < 10_000; made += 1) {
        const headers = { "x-api-key": "sandglass-acme", "content-type": "application/json" };
        await mock.fetch(
          "opencomputer",
          new Request("http://h/api/sandboxes", { method: "POST", headers, body: "{}" }),
        );
      }
      await open();
      await page.getByText("The newest 100 of 10,000 are listed").waitFor();
      await tab("Requests");
      const { journal } = mock.defaultWorld();
      const [sample] = journal.entries().slice(-1);
      const record = { ...sample!, requestHeaders: [], tenantId: "", reason: undefined };
      // Five seconds of that rate, as the journal sees it: what asks is not what is tried here.
      for (let turn = 0; turn < 50; turn += 1) {
        for (let at = 0; at < 500; at += 1) journal.add(record);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await page.getByText(/came too fast to be told here: what is listed is a sample/).waitFor();
      await page.getByText("35,000 requests").waitFor();
      const startMs = performance.now();
      await tab("Sandboxes");
      await page.getByText("The newest 100 of 10,000 are listed").waitFor();
      expect(performance.now() - startMs).toBeLessThan(2_000);
    });

    test("the page says that the mock has gone, and goes on when it is back", async () => {
      await open();
      const { port } = listener;
      await listener.close();
      await page.getByText("the mock does not answer: trying again").waitFor();
      wrong.length = 0; // the browser's own words about a refused connection
      listener = await mock.listen("opencomputer", { port });
      await page.getByText("live", { exact: true }).waitFor();
      wrong.length = 0;
    });
  });
}
