/**
 * Says what is wrong with a text that is no JSON, without the piece of it that the engine quotes: a caller's secret may
 * stand there, and what is said goes into a header and the journal.
 */
export function describeSyntaxError({ message }: SyntaxError): string {
  return message.replace(/^(Unexpected token '.').*$/su, "$1").replace(/^.* is not valid JSON$/s, "not JSON");
}

/** Whether arrays and objects of a JSON text lie more than `levels` deep in each other. */
export function isDeeperThan(text: string, levels: number): boolean {
  if (text.length <= levels) return false; // too short to hold so many brackets
  let level = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "[" || character === "{") {
      level += 1;
      if (level > levels) return true;
    } else if (character === "]" || character === "}") level -= 1;
  }
  return false;
}
