/** What ids fit a pattern: `*` stands for any characters but a slash, `**` for any at all. */
export function idPattern(glob: string): RegExp {
  return new RegExp(`^${glob.split("**").map(segmentPattern).join(".*")}$`);
}

function segmentPattern(text: string): string {
  return text
    .split("*")
    .map((plain) => plain.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]*");
}
