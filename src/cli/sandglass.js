#!/usr/bin/env node
// The command as npm links it. Plain JavaScript, so that an older Node can read it and say what is missing; the package
// holds built code, the repository its sources, which Node runs as they are.
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`sandglass: this is Node ${process.versions.node}: install Node 22.18 or newer`);
  process.exit(2);
}
// Compiled once, not at every start. Where there is no place for the cache, nothing is lost but the time.
nodeModule.enableCompileCache();
const source = new URL("./main.ts", import.meta.url);
await import(existsSync(source) ? source.href : new URL("../../dist/src/cli/main.js", import.meta.url).href);
