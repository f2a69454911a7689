export type PackedFile = { readonly path: string };

/** The disk that an installation without optional peers may take. */
export const installedBytesMax = 60_000_000;

/** What a consumer of the package writes, and what it finds at each entry point. */
export const expectedOutput = {
  exports: {
    sandglass: ["createOpenComputerClient", "createRecoupClient", "ApiError", "ContractError", "systemClock"],
    "sandglass/mock": ["createMock", "startMock", "contractNames", "faults"],
    "sandglass/conformance": ["contracts", "runLaws", "chooseLaws"],
  },
  exportsWithPeers: { "sandglass/msw": ["createSandboxHandlers"] },
  consumer: `
import { createOpenComputerClient, createRecoupClient, type OpenComputerSchemas, type TaskRun } from "sandglass";
import { startMock } from "sandglass/mock";
import { contracts, type Law } from "sandglass/conformance";

const mock = await startMock({ contract: "opencomputer" });
const client = createOpenComputerClient({ baseUrl: mock.url, apiKey: "sandglass-acme" });
const sandbox: OpenComputerSchemas["CreateSandboxResponse"] = await client.sandboxes.create({ timeout: 60 });
// @ts-expect-error a timeout is a number
await client.sandboxes.create({ timeout: "60" });
const laws: readonly Law[] = contracts.opencomputer.laws;
console.log(sandbox.sandboxID, laws.length);
await mock.close();

const recoup = createRecoupClient({ baseUrl: "http://127.0.0.1:4010", apiKey: "sandglass-ada" });
export async function run(either: { command?: string; prompt?: string }, maybe: string | undefined): Promise<TaskRun> {
  await recoup.sandboxes.create(either);
  // @ts-expect-error both
  await recoup.sandboxes.create({ command: "ls", prompt: "say hello" });
  const result = await recoup.sandboxes.runCommand({ command: maybe, cwd: maybe }, { signal: undefined });
  if (result.status === "COMPLETED") result.exitCode satisfies number;
  await client.previewFetch(sandbox, 3000, "/", { method: "POST", body: new FormData() });
  return result.run;
}
`,
  sandboxScript: `
import { createOpenComputerClient } from "sandglass";
import { startMock } from "sandglass/mock";

const mock = await startMock({ contract: "opencomputer", state: "sqlite:state.db" });
const { sandboxes, commands } = createOpenComputerClient(mock.clientOptions());
const { sandboxID } = await sandboxes.create();
const result = await commands.run(sandboxID, "seq 3 | awk '{ sum += $1 } END { print sum }' && tar --help > a && gzip a");
console.log(JSON.stringify(result));
await mock.close();
`,
  sandboxResult: '{"exitCode":0,"stdout":"6\\n","stderr":""}',
  vitestFile: `
import { createSandboxTest, expect, registerLaws } from "sandglass/vitest";
import { startMock } from "sandglass/mock";

const test = createSandboxTest("opencomputer");
test("a fixture and the matchers work", async ({ sandboxes }) => {
  await expect(sandboxes.fetch("/api/sandboxes")).toMatchContract("listSandboxes");
  expect(sandboxes).toHaveLeakedNothing();
});

registerLaws("opencomputer", {
  law: "opencomputer/*/answer-*",
  target: async () => ({ baseUrl: (await startMock({ contract: "opencomputer" })).url, key: "sandglass-acme" }),
});
`,
} as const;

const needed = [
  "LICENSE",
  "README.md",
  "CHANGELOG.md",
  "package.json",
  "src/cli/sandglass.js",
  "dist/src/index.js",
  "dist/src/cli/main.js",
  "dist/generated/recoup/validators.js",
  "dist/mocks/kit/shell/engine.bundle.js",
  "dist/mocks/kit/shell/engine.LICENSE",
  "dist/generated/opencomputer/validators.js",
  "specs/recoup/openapi.yaml",
  "specs/opencomputer/openapi.yaml",
];

/** What is in the package and should not be, and what should be and is not. */
export function listUnwantedFiles(files: readonly PackedFile[]): string[] {
  const paths = files.map(({ path }) => path);
  const unwanted = paths.filter(
    (path) => (path.endsWith(".ts") && !path.endsWith(".d.ts")) || /\.(test|test-d|fixture)\./.test(path),
  );
  const missing = needed.filter((path) => !paths.includes(path));
  return [...unwanted.map((path) => `${path}: not to be published`), ...missing.map((path) => `${path}: missing`)];
}
