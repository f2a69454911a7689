// Follows a guide as a newcomer would: in an empty folder, with the packed package, block by block.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { browserPath } from "../test/browser.ts";
import { findBrokenPromise, listBlocks, listPromises, type Block } from "../test/markdown.ts";
import { createPackedProject, environmentOf } from "./packed-project.ts";

/** What a page names, and what stands there here. */
const tarballOfPages = "../sandglass/sandglass-0.1.0.tgz";

/**
 * Writes the blocks that have a file's name, runs those of a shell, and holds both to what they say is printed. A shell with a
 * title is a terminal of its own, and goes on beside the rest.
 *
 * @throws where a command fails or prints something else
 */
export async function followGuide(page: string, tarball: string, work: string): Promise<void> {
  const project = createPackedProject(join(work, basename(page, ".md")));
  const ports = { 4010: await findFreePort(), 4020: await findFreePort() };
  const asHere = (text: string) =>
    text
      .replaceAll(tarballOfPages, tarball)
      .replaceAll(/\b(4010|4020)\b/g, (port) => String(ports[port as "4010" | "4020"]))
      .replaceAll(
        /(npx sandglass mock)(?! \w+ --port)/g,
        `$1 --recoup-port ${ports[4010]} --opencomputer-port ${ports[4020]}`,
      );
  const blocks = listBlocks(readFileSync(page, "utf8"));
  const terminals: ChildProcess[] = [];
  try {
    for (const { language, title, code, line } of blocks) {
      const block: Block = { language, code: asHere(code), line };
      if (language !== "sh") {
        if (title !== undefined) project.write(title, block.code);
      } else if (title === undefined) await runShell(block, project.folder, page);
      else terminals.push(await startTerminal(block, project.folder, page));
    }
  } finally {
    for (const { pid } of terminals) if (pid !== undefined) process.kill(-pid);
  }
  console.log(`followed: ${page}, ${blocks.length} blocks`);
}

async function runShell(block: Block, folder: string, page: string): Promise<void> {
  const shell = start(block, folder);
  const [code] = (await once(shell.child, "close")) as [number | null];
  const broken = findBrokenPromise(shell.output(), listPromises(block.code));
  if (code === 0 && broken === undefined) return;
  const reason = code === 0 ? `it does not print ${JSON.stringify(broken)}` : `exit ${code}`;
  throw new Error(`${page}:${block.line}: ${reason}\n${block.code}\n${shell.output()}`);
}

const terminalMs = 20_000;

async function startTerminal(block: Block, folder: string, page: string): Promise<ChildProcess> {
  const { child, output } = start(block, folder);
  for (let waitedMs = 0; waitedMs < terminalMs; waitedMs += 100) {
    if (findBrokenPromise(output(), listPromises(block.code)) === undefined) return child;
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  process.kill(-child.pid!);
  throw new Error(`${page}:${block.line}: it does not print what it says\n${block.code}\n${output()}`);
}

/** In a group of its own, which is stopped as a whole. */
function start(block: Block, folder: string): { child: ChildProcess; output: () => string } {
  const npm = { npm_config_audit: "false", npm_config_fund: "false", npm_config_prefer_offline: "true" };
  const env = {
    ...environmentOf(),
    ...npm,
    NO_COLOR: "1",
    ...(browserPath === undefined ? {} : { CHROMIUM_PATH: browserPath }),
  };
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const child = spawn("bash", ["-c", `set -euo pipefail\n${block.code}`], {
    ...{ cwd: folder, env, detached: true },
    stdio: [...stdio],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += String(chunk)));
  // A runner's colours are left out of what it prints.
  return { child, output: () => text.replaceAll(/\u001b\[[\d;]*m/g, "") };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
