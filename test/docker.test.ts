import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { listBlocks } from "./markdown.ts";

const dockerfile = readFileSync("examples/docker/Dockerfile", "utf8");
const compose = readFileSync("examples/docker/compose.yaml", "utf8");

/** The words of an instruction in its form of a list. */
function wordsOf(instruction: RegExp): readonly string[] {
  const list = instruction.exec(dockerfile)?.[1];
  return JSON.parse(list ?? "[]") as string[];
}

test("the guide shows the files as they are", () => {
  const blocks = listBlocks(readFileSync("docs/guides/docker.md", "utf8"));
  const shown = new Map(blocks.map(({ title, code }) => [title, code]));
  expect(Object.fromEntries(shown)).toEqual({ Dockerfile: dockerfile, "compose.yaml": compose });
});

test("the image's command starts the mock, and its health check sees it up, and not where it is down", async () => {
  const [command = "", ...args] = wordsOf(/^CMD (\[.*\])$/m);
  expect(command).toBe("node_modules/.bin/sandglass");
  const mock = spawn("node", ["src/cli/sandglass.js", ...args, "--recoup-port", "0", "--opencomputer-port", "0"]);
  try {
    let text = "";
    for await (const chunk of mock.stdout.iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (/^OpenComputer/m.test(text)) break;
    }
    const port = /^OpenComputer\s+http\S+?:(\d+)$/m.exec(text)![1]!;
    const check = wordsOf(/^HEALTHCHECK .* CMD (\[.*\])$/m);
    const run = (at: string) =>
      promisify(execFile)(
        check[0]!,
        check.slice(1).map((word) => word.replace("4020", at)),
      );
    await run(port);
    await expect(run("5")).rejects.toMatchObject({ code: 1 });
  } finally {
    mock.kill();
  }
}, 60_000);

test("the app of the compose file waits for the mock, and asks it by its service's name", () => {
  const { services } = parse(compose) as {
    readonly services: Readonly<Record<string, { readonly depends_on?: object; readonly environment?: object }>>;
  };
  expect(services["app"]).toMatchObject({
    depends_on: { sandboxes: { condition: "service_healthy" } },
    environment: { OPENCOMPUTER_API_URL: "http://sandboxes:4020", OPENCOMPUTER_API_KEY: "sandglass-acme" },
  });
  expect(Object.keys(services)).toEqual(["sandboxes", "app"]);
});
