import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Puts the other mock servers into a folder, in fixed versions: they are no part of this project. */
export function installOtherMocks(folder: string): void {
  if (existsSync(join(folder, "node_modules/@scalar/mock-server"))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const packages = ["@mockoon/cli@9.9.0", "@scalar/mock-server@0.14.4", "@hono/node-server@1.19.19"];
  execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", ...packages], { cwd: folder });
}
