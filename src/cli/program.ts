import { Command, CommanderError } from "commander";
import { ContractError } from "../contract/contract-error.ts";
import { printable } from "../contract/printable.ts";
import type { Startable } from "./mock-contracts.ts";
import { readOwnPackage } from "./own-package.ts";

type Load = (contracts: readonly Startable[], programOf: () => Command) => Promise<Command>;

/** The commands in the order in which help tells them. Each is loaded when it is asked for: a mock starts without the others. */
const commands: Readonly<Record<string, Load>> = {
  mock: async (contracts) => (await import("./mock.ts")).createMockCommand(contracts),
  conform: async () => (await import("./conform.ts")).createConformCommand(),
  check: async () => (await import("./check.ts")).createCheckCommand(),
  proxy: async () => (await import("./proxy.ts")).createProxyCommand(),
  replay: async () => (await import("./replay.ts")).createReplayCommand(),
  merge: async () => (await import("./merge.ts")).createMergeCommand(),
  sweep: async () => (await import("./sweep.ts")).createSweepCommand(),
  explain: async () => (await import("./explain.ts")).createExplainCommand(),
  "self-test": async () => (await import("./self-test.ts")).createSelfTestCommand(),
  generate: async () => (await import("./generate.ts")).createGenerateCommand(),
  init: async (contracts) => (await import("./init.ts")).createInitCommand(contracts),
  doctor: async (contracts) => (await import("./doctor.ts")).createDoctorCommand(contracts),
  completion: async (_, programOf) => (await import("./completion.ts")).createCompletionCommand(programOf),
};

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
    const [first = ""] = args;
    const names = first !== "completion" && Object.hasOwn(commands, first) ? [first] : undefined;
    const program = await createProgram(contracts, names);
    await program.parseAsync(args, { from: "user" });
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
 * @param names - of the commands; all by default
 */
export async function createProgram(
  contracts: readonly Startable[],
  names: readonly string[] = Object.keys(commands),
): Promise<Command> {
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
  for (const name of names) {
    const command = await commands[name]!(contracts, () => program);
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}
