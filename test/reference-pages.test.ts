import { readFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { expect, test } from "vitest";
import { contracts } from "../mocks/index.ts";
import { formatConfigSchema } from "../mocks/documents.ts";
import { createProgram } from "../src/cli/program.ts";
import { readEntryPoints } from "./entry-points.ts";
import { commandsPage, configPage, controlPage, javascriptPage } from "./reference-pages.ts";

const control = JSON.parse(readFileSync("generated/control/openapi.json", "utf8")) as Parameters<typeof controlPage>[0];

test.each([
  ["docs/reference/commands.md", async () => commandsPage(await createProgram(contracts))],
  ["docs/reference/configuration.md", () => configPage(formatConfigSchema())],
  ["docs/reference/control-api.md", () => controlPage(control)],
  ["docs/reference/javascript.md", () => javascriptPage(readEntryPoints())],
])(
  "%s is what the code says: `npx vitest run test/reference-pages.test.ts --update` writes it",
  async (document, page) => {
    const config = await resolveConfig(document);
    const text = await format(await page(), { ...config, filepath: document });
    await expect(text).toMatchFileSnapshot(`../${document}`);
  },
  60_000,
);
