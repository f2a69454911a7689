import { execFile } from "node:child_process";
import { cpSync, globSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createConsumerProject, type ConsumerProject } from "./consumer-project.ts";

// The example as its readers have it: in a project that has the package and the vendor's SDK installed.
let project: ConsumerProject;
let folder = "";
beforeAll(() => {
  project = createConsumerProject(["@opencomputer/sdk"]);
  folder = join(project.folder, "agent-app");
  cpSync("examples/agent-app", folder, { recursive: true });
});
afterAll(() => project.remove());

test("the example type-checks", () => {
  expect(project.checkTypes(globSync(join(folder, "*.ts")))).toEqual([]);
}, 60_000);

test("its 50 tests pass, at once, in the processor time of two cores for three seconds", async () => {
  // Of the process that runs them, mock and shell included; how long that takes depends on what else the machine does.
  project.write("cpu.ts", measuring);
  project.write("vitest.config.ts", 'export default { test: { setupFiles: ["./cpu.ts"] } };');
  const path = `${resolve("node_modules/.bin")}${delimiter}${process.env["PATH"]}`;
  const env = { PATH: path, NO_COLOR: "1" };
  const args = ["run", "--root", project.folder, "--dir", folder];
  const { stdout } = await promisify(execFile)("vitest", args, { env });
  expect(stdout).toMatch(/Tests +50 passed \(50\)/);
  expect(Number(/cpu ([\d.]+) s/.exec(stdout)?.[1])).toBeLessThan(2 * 3);
}, 120_000);

const measuring = `import { afterAll } from "vitest";
const began = process.cpuUsage();
afterAll(() => {
  const { user, system } = process.cpuUsage(began);
  console.log(\`cpu \${(user + system) / 1e6} s\`);
});
`;
