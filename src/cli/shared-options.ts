import type { Command } from "commander";

/** Gives a command options of another one, by their flags: in the same words, and under the same headings. */
export function shareOptions(command: Command, other: Command, flags: readonly string[]): Command {
  for (const flag of flags) command.addOption(other.options.find(({ long }) => long === flag)!);
  return command;
}
