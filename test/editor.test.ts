import ts from "typescript";
import { expect, test } from "vitest";
import { createConsumerProject } from "./consumer-project.ts";

const head = `import { createOpenComputerClient, createRecoupClient } from "sandglass";
const options = { baseUrl: "http://127.0.0.1:4010", apiKey: "sandglass-ada" };
const recoup = createRecoupClient(options);
const openComputer = createOpenComputerClient(options);
`;

/** What an editor shows over the last occurrence of each word: its type and its comment. */
function hover(text: string, words: readonly string[]): Record<string, string> {
  const project = createConsumerProject();
  try {
    const file = project.write("editor.ts", head + text);
    const service = ts.createLanguageService(hostOf(file));
    return Object.fromEntries(
      words.map((word) => {
        const info = service.getQuickInfoAtPosition(file, (head + text).lastIndexOf(word));
        const tags = info?.tags?.flatMap(({ text }) => text ?? []);
        const shown = [info?.displayParts, info?.documentation, tags].map((parts) => ts.displayPartsToString(parts));
        return [word, shown.join(" // ").replaceAll(/\s+/g, " ")];
      }),
    );
  } finally {
    project.remove();
  }
}

function hostOf(file: string): ts.LanguageServiceHost {
  const { config } = ts.readConfigFile("tsconfig.json", (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ".");
  return {
    ...ts.sys,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getCompilationSettings: () => ({ ...options, noEmit: true }),
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const source = ts.sys.readFile(name);
      return source === undefined ? undefined : ts.ScriptSnapshot.fromString(source);
    },
    getCurrentDirectory: () => process.cwd(),
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
  };
}

test("results have names in an editor, and their members the contract's words", () => {
  const text = `
const oneRun = await recoup.runs.get("run_1");
const runList = await recoup.runs.list();
const oneSandbox = await recoup.sandboxes.get("sbx_1");
const created = await recoup.sandboxes.create({ command: "ls" });
const result = await recoup.sandboxes.runCommand({ command: "ls" });
const [listed] = await openComputer.sandboxes.list();
const made = await openComputer.sandboxes.create({ timeout: 5 });
const port = await openComputer.previews.create("sb-1", { port: 3000 });
console.log(oneRun.finishedAt, made.previewAuthToken);
`;
  const shown = hover(text, ["oneRun", "runList", "oneSandbox", "created", "result", "listed", "made", "port ="]);
  expect(shown).toMatchObject({
    oneRun: expect.stringMatching(/^const oneRun: TaskRun /) as string,
    runList: expect.stringMatching(/^const runList: TaskRunList /) as string,
    oneSandbox: expect.stringMatching(/^const oneSandbox: RecoupSandbox /) as string,
    created: expect.stringMatching(/^const created: CreatedRecoupSandbox /) as string,
    result: expect.stringMatching(/^const result: CommandResult /) as string,
    listed: expect.stringMatching(/^const listed: OpenComputerSandbox \| undefined /) as string,
    made: expect.stringMatching(/^const made: CreatedOpenComputerSandbox /) as string,
    "port =": expect.stringMatching(/^const port: Preview /) as string,
  });
  const members = hover(text, ["finishedAt", "previewAuthToken", "timeout:", "command:", "port:"]);
  expect(members).toMatchObject({
    finishedAt: expect.stringContaining("When it ended") as string,
    previewAuthToken: expect.stringContaining("there exactly when `previewAuth` was sent") as string,
    "timeout:": expect.stringContaining("Idle timeout in seconds") as string,
    "command:": expect.stringContaining("Program to run inside the sandbox") as string,
    "port:": expect.stringContaining("The port inside the sandbox") as string,
  });
});

test("what does not compile says why", () => {
  const project = createConsumerProject();
  const complaintsAbout = (text: string) =>
    project.checkTypes([project.write("mistake.ts", head + text)]).map((line) => line.replace(/^.*?: /s, ""));
  const both = "Give a command or a prompt, not both: the server refuses a create with both";
  for (const method of ["create", "runCommand"]) {
    const refused = [expect.stringContaining(both)];
    const call = `void recoup.sandboxes.${method}`;
    expect(complaintsAbout(`${call}({ command: "ls", prompt: "say hello" });`)).toEqual(refused);
    expect(complaintsAbout(`const both = { command: "ls", prompt: "p" } as const; ${call}(both);`)).toEqual(refused);
    expect(complaintsAbout(`${call}({ command: "ls", accountId: "x" });`)).toEqual([
      expect.stringContaining("A create has no member accountId"),
    ]);
  }
  const either = `declare const either: { command?: string; prompt?: string }; void recoup.sandboxes.create(either);`;
  const maybe = `declare const maybe: string | undefined; void recoup.sandboxes.create({ command: maybe, cwd: maybe });`;
  expect(complaintsAbout(either + maybe)).toEqual([]);
  project.remove();
});
