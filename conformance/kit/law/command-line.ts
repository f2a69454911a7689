/** Commands that print words and end: what a run asks of a deployment where its owner names no others. */
export const printingCommands: readonly string[] = ["echo", "printf", "exit", "true", "false"];

/** A name with words behind it that no shell expands, and what it prints on standard output or standard error alone. */
const plain = /^([\w.:/-]+)(?: [\w.,:=/@-]+)*(?: >&2)?$/;

/**
 * The commands of a shell's line, by their names. One that is more than a name with plain words, and may do anything, is
 * handed back whole: no list of names has it.
 */
export function commandsOf(line: string): readonly string[] {
  const parts = line.split(/;|&&/).map((part) => part.trim());
  return parts.filter((part) => part !== "").map((part) => plain.exec(part)?.[1] ?? part);
}
