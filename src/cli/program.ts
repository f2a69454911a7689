import { Command, CommanderError } from "commander";
import { ContractError } from "../contract/contract-error.ts";
import { printable } from "../contract/printable.ts";
import { createCheckCommand } from "./check.ts";
import { createCompletionCommand } from "./completion.ts";
import { createConformCommand } from "./conform.ts";
import { createDoctorCommand } from "./doctor.ts";
import { createExplainCommand } from "./explain.ts";
import { createGenerateCommand } from "./generate.ts";
import { createInitCommand } from "./init.ts";
import { createMergeCommand } from "./merge.ts";
import { createMockCommand } from "./mock.ts";
import type { Startable } from "./mock-contracts.ts";
import { readOwnPackage } from "./own-package.ts";
import { createProxyCommand } from "./proxy.ts";
import { createReplayCommand } from "./replay.ts";
import { createSelfTestCommand } from "./self-test.ts";
import { createSweepCommand } from "./sweep.ts";

/**
 * Runs the command line. What the user got wrong is one line on stderr.
 *
 * @returns the exit code where it is known when the command line has been read; else the command sets it
 */
export async function runProgram(args: readonly string[]): Promise<number | undefined> {
  try {
    // Loaded for the commands that have their names or flags: they are the whole mock.
    const isAboutMocks = ["mock", "init", "doctor"].some((name) => args.includes(name));
    const { contracts } = isAboutMocks ? await import("../../mocks/index.ts") : { contracts: [] };
    await createProgram(contracts).parseAsync(args, { from: "user" });
    return undefined;
  } catch (error) {
    // Commander leaves with 1 for a wrong flag. Here 1 means that a law is broken, and 2 that nothing could be judged.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof ContractError)) throw error;
    // Lines that go on are indented, so that none of them looks like a line of ours.
    const lines = error.message.split("\n  ").map(printable);
    process.stderr.write(`sandglass: ${lines.join("\n  ")}\n`);
    return 2;
  }
}

/**
 * The commands and their flags.
 *
 * @param contracts - those that can be mocked; only the commands `mock`, `init` and `doctor` ask for them
 */
export function createProgram(contracts: readonly Startable[]): Command {
  const program = new Command("sandglass")
    .description(
      "A contract kit for the Recoup and OpenComputer sandbox APIs: mocks, conformance tests, generated clients.",
    )
    .version(readOwnPackage().version, "-v, --version", "print the version")
    .configureOutput({
      outputError: (text, write) => {
        const line = text.trim().replace(/^error: /, "");
        write(`sandglass: ${line.replaceAll(/\s*\n\s*/g, " ")} (--help shows the usage)\n`);
      },
    })
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  // Subcommands keep their own settings; what ends the process is the same for all.
  for (const command of [
    createMockCommand(contracts),
    createConformCommand(),
    createCheckCommand(),
    createProxyCommand(),
    createReplayCommand(),
    createMergeCommand(),
    createSweepCommand(),
    createExplainCommand(),
    createSelfTestCommand(),
    createGenerateCommand(),
    createInitCommand(contracts),
    createDoctorCommand(contracts),
    createCompletionCommand(() => program),
  ]) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}
