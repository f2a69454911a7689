import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { findPeers, optionalPeers, requirePeers } from "./optional-peers.ts";
import { readOwnPackage } from "./own-package.ts";

function emptyFolderFixture() {
  const folder = mkdtempSync(join(tmpdir(), "sandglass-peers-"));
  return {
    module: pathToFileURL(join(folder, "module.js")).href,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

test("what is missing is named with the one command that installs it", () => {
  using empty = emptyFolderFixture();
  expect(() => requirePeers("sandglass generate", empty.module)).toThrow(
    expect.objectContaining({
      code: "PACKAGE_MISSING",
      message: expect.stringMatching(
        /^sandglass generate needs @redocly\/openapi-core, .*, openapi-typescript, which .*:\n {2}npm install --save-dev @redocly\/openapi-core@[\d.]+ @scalar\/openapi-upgrader@[\d.]+ openapi-typescript@[\d.]+$/,
      ) as string,
    }),
  );
});

test("what is installed is found, with its version and what is asked for", () => {
  const { devDependencies, peerDependencies } = readOwnPackage();
  const names = Object.values(optionalPeers).flat();
  expect(findPeers(names)).toEqual(
    names.map((name) => ({ name, range: peerDependencies[name], version: devDependencies[name] })),
  );
  for (const use of Object.keys(optionalPeers)) requirePeers(use as keyof typeof optionalPeers);
});
