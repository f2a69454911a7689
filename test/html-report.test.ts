import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatReports } from "../conformance/index.ts";
import { lawReportFixture, passFixture, reportFixture } from "../conformance/kit/report/content/report.fixture.ts";
import { browserPath, startBrowser } from "./browser.ts";

const passes = Array.from({ length: 300 }, (_, at) => passFixture(`opencomputer/part-${at % 12}/law-${at}`));
const laws = [lawReportFixture({ id: "opencomputer/create/broken" }), ...passes];

// A browser is no npm package, so a fresh machine may lack one; CI may not.
if (browserPath === undefined) {
  test("no Chromium is on this machine's PATH, so the report stays unseen: install `chromium`", () => {
    expect(Boolean(process.env["CI"]), "CI has a browser: see .ci/run").toBe(false);
  });
} else {
  describe("the HTML report, from a disk", () => {
    let browser: Browser;
    let folder: string;
    let address: string;
    beforeAll(async () => {
      browser = await startBrowser();
      folder = await mkdtemp(join(tmpdir(), "sandglass-html-"));
      await writeFile(join(folder, "report.html"), formatReports("html", [reportFixture({ laws })]));
      address = pathToFileURL(join(folder, "report.html")).href;
    });
    afterAll(async () => {
      await browser.close();
      await rm(folder, { recursive: true });
    });

    const open = async (options: { readonly javaScriptEnabled?: boolean; readonly width?: number } = {}) => {
      const { javaScriptEnabled = true, width = 1280 } = options;
      const context = await browser.newContext({ javaScriptEnabled, viewport: { width, height: 800 } });
      const page = await context.newPage();
      await page.goto(address);
      return page;
    };

    test.each([1280, 390])(
      "at %i px a run with 300 passes is under six screens, and no wider than one",
      async (width) => {
        const page = await open({ width });
        const [height, wide] = await page.evaluate<[number, number]>(
          "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]",
        );
        expect(height).toBeLessThan(6 * 800);
        expect(wide).toBe(width);
        await page.context().close();
      },
    );

    test("its laws are searched and filtered, and a link opens what it leads to", async () => {
      const page = await open();
      const shown = page.locator("tr[data-level]:visible");
      expect(await shown.count()).toBe(0);
      await page.getByLabel("Search the laws").fill("law-299");
      await expect.poll(() => shown.count()).toBe(1);
      await page.getByLabel("Search the laws").fill("");
      await page.getByLabel("verdict").selectOption("fail");
      await expect.poll(() => shown.count()).toBe(1);
      await page.getByLabel("verdict").selectOption("");
      await page.getByLabel("operation").selectOption("part-3");
      await expect.poll(() => shown.count()).toBe(25);
      await page.goto(`${address}#law-opencomputer/part-1/law-13`);
      await page.reload();
      await page.locator('[id="law-opencomputer/part-1/law-13"]').waitFor();
      await page.context().close();
    });

    test("without a script it reads the same, and no control stands there that does nothing", async () => {
      const page = await open({ javaScriptEnabled: false });
      expect(await page.locator(".filters").isVisible()).toBe(false);
      await page.locator(".laws summary").first().click();
      expect(await page.locator("tr[data-level]:visible").count()).toBeGreaterThan(100);
      await page.context().close();
    });
  });
}
