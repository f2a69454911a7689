import { runProgram } from "../src/cli/program.ts";

/** Runs the command line, and tells the processor time and the wall time that it took. */
const begin = performance.now();
const code = await runProgram(process.argv.slice(2));
process.once("beforeExit", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1_000, wallMs: performance.now() - begin, code: code ?? process.exitCode });
});
process.channel?.unref();
