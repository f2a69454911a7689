/** A fenced block of a Markdown text. */
export type Block = {
  readonly language: string; // "sh", "ts"; empty where none is named
  readonly title?: string; // the name of its file, or of its terminal: ```ts [idle.test.ts]
  readonly code: string;
  readonly line: number; // of its first line of code, from 1
};

/** Lists the fenced blocks of a Markdown text in order. */
export function listBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```([\w-]*)(?: \[([^\]]+)\])?[^\n]*\n([\s\S]*?)^```$/gm)].map(
    ({ 1: language = "", 2: title, 3: code = "", index }) => ({
      language,
      ...(title === undefined ? {} : { title }),
      code,
      line: markdown.slice(0, index).split("\n").length + 1,
    }),
  );
}

/**
 * Lists what a block says that it prints: what stands after `# →` in a shell and after `// →` in a program. `…` stands for
 * whatever comes there.
 */
export function listPromises(code: string): string[] {
  return [...code.matchAll(/(?:#|\/\/) → (.*)$/gm)].map(([, text = ""]) => text.trim());
}

/** Which promise an output breaks: each has to come after the one before it. */
export function findBrokenPromise(output: string, promises: readonly string[]): string | undefined {
  let rest = output;
  for (const promise of promises) {
    const pattern = promise.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const match = new RegExp(pattern.join(".*?")).exec(rest);
    if (match === null) return promise;
    rest = rest.slice(match.index + match[0].length);
  }
  return undefined;
}

/** Lists where the links of a Markdown text lead, those to other sites left out. */
export function listLocalLinks(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = ""]) => to).filter((to) => !/^[a-z]+:/.test(to));
}
