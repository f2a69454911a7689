import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Prism's mock of the same document, or Mockoon's where the folder is given that has it. Both are told to log nothing. */
const [, , mockoon] = process.argv;
const port = await freePort();
const at = ["--port", String(port)];
const document = "generated/opencomputer/openapi.json";
const prism = dirname(createRequire(import.meta.url).resolve("@stoplight/prism-cli/package.json"));
const command =
  mockoon === undefined
    ? [join(prism, "dist/index.js"), "mock", document, ...at, "--host", "127.0.0.1", "--verboseLevel", "silent"]
    : [
        join(mockoon, "node_modules/@mockoon/cli/bin/run.js"),
        ...[
          "start",
          "--data",
          document,
          ...at,
          "--hostname",
          "127.0.0.1",
          "--disable-log-to-file",
          "--disable-admin-api",
        ],
      ];
const child = spawn(process.execPath, command, { stdio: ["ignore", "ignore", "inherit"] });
process.once("disconnect", () => {
  child.kill();
  process.exit();
});
await answering(`http://127.0.0.1:${port}/api/sandboxes`);
process.send?.({ port, pid: child.pid });

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = probe.address() as AddressInfo;
      probe.close(() => resolve(free));
    });
  });
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${command[0]} did not come up within a minute`);
}
