import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("a mock goes on past an error that nothing of it expected, and tells of it", async () => {
  const script = `
    import { surviveDefects } from ${JSON.stringify(new URL("interruptible.ts", import.meta.url).href)};
    surviveDefects();
    setTimeout(() => { throw new Error("thrown"); });
    Promise.reject("rejected");
    setTimeout(() => console.log("goes on"), 20);
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  expect(stdout).toBe("goes on\n");
  expect(stderr).toMatch(/a defect of the mock, which goes on; please report it: Error: thrown\n {4}at /);
  expect(stderr).toContain("please report it: rejected\n");
});
