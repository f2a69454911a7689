#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { ContractError } from "../contract/contract-error.ts";
import { createConformCommand } from "./conform.ts";
import { createGenerateCommand } from "./generate.ts";
import { createMockCommand } from "./mock.ts";
import { createReplayCommand } from "./replay.ts";
import { createSelfTestCommand } from "./self-test.ts";
import { createSweepCommand } from "./sweep.ts";

const program = new Command("sandglass")
  .description(
    "A contract kit for the Recoup and OpenComputer sandbox APIs: mocks, conformance tests, generated clients.",
  )
  .version(readVersion())
  .configureOutput({
    outputError: (text, write) => write(`sandglass: ${text.trim().replace(/^error: /, "")} (--help shows the usage)\n`),
  })
  .configureHelp({ showGlobalOptions: true })
  .exitOverride(({ exitCode }) => {
    // Commander leaves with 1 for a wrong flag. Here 1 means that a law is broken, and 2 that nothing could be judged.
    process.exit(exitCode === 0 ? 0 : 2);
  });
// Subcommands keep their own settings; what ends the process is the same for all.
for (const command of [
  createMockCommand(),
  createConformCommand(),
  createReplayCommand(),
  createSweepCommand(),
  createSelfTestCommand(),
  createGenerateCommand(),
]) {
  program.addCommand(command.copyInheritedSettings(program));
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ContractError)) throw error;
  process.stderr.write(`sandglass: ${error.message}\n`);
  process.exitCode = 2;
}

// package.json is beside src/ in the repository, whose files end in .ts, and beside dist/ in the package.
function readVersion(): string {
  const path = import.meta.filename.endsWith(".ts") ? "../../package.json" : "../../../package.json";
  return (JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as { version: string }).version;
}
