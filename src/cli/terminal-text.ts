import { stripVTControlCharacters, styleText } from "node:util";

/** The colours of a terminal that are used here. */
export type Color = "green" | "red" | "yellow" | "dim" | "bold";

/** Colours only where standard output is a terminal, and not where `NO_COLOR` is set. */
export function color(format: Color, text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/**
 * A paragraph in lines of at most so many columns, broken at blanks; those after the first are indented so far. A word that is
 * wider stays whole, so that it can be copied.
 */
export function wrap(text: string, columns: number, indent = 0): readonly string[] {
  const lines: string[] = [];
  const start = /^ */.exec(text)![0];
  let line = start;
  for (const word of text.slice(start.length).split(" ")) {
    const longer = line === start ? `${line}${word}` : `${line} ${word}`;
    if (line.trim() === "" || stripVTControlCharacters(longer).length <= columns) line = longer;
    else {
      lines.push(line);
      line = `${" ".repeat(indent)}${word}`;
    }
  }
  return [...lines, line];
}

/** A command in lines that a shell takes for one, broken before its flags. */
export function wrapCommand(command: string, columns: number, indent: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of command.split(/ (?=--)/)) {
    const longer = line === "" ? part : `${line} ${part}`;
    if (longer.length + 2 <= columns || line === "") line = longer;
    else {
      lines.push(`${line} \\`);
      line = `${" ".repeat(indent)}${part}`;
    }
  }
  return [...lines, line];
}
