import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readConformConfig } from "./conform-config.ts";

const folder = mkdtempSync(join(tmpdir(), "sandglass-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string) {
  const file = join(folder, "config.json");
  writeFileSync(file, text);
  return readConformConfig(file);
}

test("what is known of a deployment is read by contract", () => {
  const config = {
    opencomputer: { url: "https://h.example", quota: 5, unsupported: ["getSandboxTags"], harmlessCommands: ["echo"] },
  };
  expect(read(JSON.stringify(config))).toEqual(config);
});

test.each([
  ["{", /this is not JSON/],
  ['{"opencomputer":{"key":"k"}}', /keys come from --key and the environment/],
  ['{"recoup":{"quota":0}}', /\/recoup\/quota: /],
  ['{"recoup":{"harmlessCommands":"echo"}}', /\/recoup\/harmlessCommands: /],
  ['{"other":{}}', /config\.json: /],
  ['{"recoup":{"document":"no-such.yaml"}}', /the document .*no-such\.yaml: there is no such file/],
])("%s is refused with what to do", (text, message) => {
  expect(() => read(text)).toThrow(message);
});
