import { request as ask } from "node:http";
import { describe, expect, test } from "vitest";
import type { FaultSetting } from "../kit/fault.ts";
import { createMock, startMock } from "../mock.ts";

const image = { steps: [{ type: "run", args: { commands: ["true"] } }] };
const broken = { steps: [...image.steps, { type: "apt_install", args: {} }] };

const mockFixture = (...faults: FaultSetting[]) => createMock({ seed: "build-log", clockScale: 0, faults });

function createRequest(body: object, accept = "text/event-stream"): Request {
  const headers = { "x-api-key": "sandglass-acme", "content-type": "application/json", accept };
  return new Request("http://mock/api/sandboxes", { method: "POST", headers, body: JSON.stringify(body) });
}

/** The events of a stream: names, and data as it came. */
function eventsIn(text: string): [string, unknown][] {
  return text.split("\n\n").flatMap((event) => {
    const [, name, data] = /^event: (\S+)\ndata: (.*)$/.exec(event) ?? [];
    return name === undefined ? [] : [[name, JSON.parse(data!) as unknown] as [string, unknown]];
  });
}

const log = (step: number, type: string, message: string) => ["build_log", { step, type, message }];

describe("a create that asks for the log of its build", () => {
  test("is a stream of events whose last one is what the JSON would have been", async () => {
    const asked = await mockFixture().fetch("opencomputer", createRequest({ image, previewAuth: {} }));
    const json = await mockFixture().fetch(
      "opencomputer",
      createRequest({ image, previewAuth: {} }, "application/json"),
    );
    expect([asked.status, asked.headers.get("content-type"), asked.headers.get("cache-control")]).toEqual([
      200,
      "text/event-stream",
      "no-cache",
    ]);
    expect(asked.headers.get("x-request-id")).toMatch(/^\w+$/);
    const text = await asked.text();
    expect(text).toMatch(/^(event: \w+\ndata: \{.*\}\n\n)+$/);
    expect(text).not.toContain("\r");
    expect(eventsIn(text)).toEqual([
      log(0, "build", "Building image with 1 steps"),
      log(1, "run", "Step 1/1: run"),
      log(1, "run", "Step 1/1 completed"),
      log(2, "checkpoint", "Creating checkpoint..."),
      log(0, "create", "Creating sandbox from image..."),
      ["result", await json.json()],
    ]);
  });

  test("ends with an error where the build fails, after the steps that did not, and creates nothing", async () => {
    const mock = mockFixture();
    const answer = await mock.fetch("opencomputer", createRequest({ image: broken }));
    expect([answer.status, answer.headers.get("x-sandglass-reason")]).toEqual([
      200,
      expect.stringContaining("image-step at /image/steps/1: "),
    ]);
    const error = "image build failed: step 1 (apt_install): apt_install: missing packages";
    expect(eventsIn(await answer.text()).slice(1)).toEqual([
      log(1, "run", "Step 1/2: run"),
      log(1, "run", "Step 1/2 completed"),
      ["error", { error }],
    ]);
    expect(mock.defaultWorld().tables().size).toBe(0);
    const json = await mock.fetch("opencomputer", createRequest({ image: broken }, "*/*"));
    expect([json.status, await json.json()]).toEqual([400, { error }]);
  });

  test("resolves a snapshot first, which wins over an image", async () => {
    const answer = await mockFixture().fetch("opencomputer", createRequest({ image, snapshot: "tools" }));
    expect(eventsIn(await answer.text())).toEqual([
      log(0, "resolve", "Resolving snapshot 'tools'..."),
      ["error", { error: 'snapshot "tools" not found' }],
    ]);
  });

  test.each([
    ["without an image", {}, "text/event-stream", 201],
    ["with another Accept beside it", { image }, "text/event-stream, */*", 201],
    ["with a bad token", { image, previewAuth: { token: "short" } }, "text/event-stream", 400],
    ["with a bad size", { image: broken, cpuCount: 3 }, "text/event-stream", 400],
    ["with burst", { image, burst: true }, "text/event-stream", 400],
  ])("is JSON %s", async (_, body, accept, status) => {
    const answer = await mockFixture().fetch("opencomputer", createRequest(body, accept));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/json"]);
  });

  test("shows no token in the journal", async () => {
    const mock = mockFixture();
    const text = await (await mock.fetch("opencomputer", createRequest({ image, previewAuth: {} }))).text();
    const { previewAuthToken } = eventsIn(text).at(-1)![1] as { previewAuthToken: string };
    const [entry] = mock.defaultWorld().journal.entries();
    expect(entry).toMatchObject({ status: 200, operation: "createSandbox" });
    expect(entry!.answerBody).toBe(text.replace(previewAuthToken, "***"));
  });

  test("shows the faults of the JSON that it carries, and those of any answer", async () => {
    const limited = await mockFixture({ id: "rate-limit" }).fetch("opencomputer", createRequest({ image }));
    expect([limited.status, limited.headers.get("content-type")]).toEqual([429, "application/json"]);
    const page = await mockFixture({ id: "bad-request-is-html" }).fetch(
      "opencomputer",
      createRequest({ image: broken }),
    );
    expect([page.status, page.headers.get("content-type")]).toEqual([400, "text/html; charset=utf-8"]);
    const cut = await mockFixture({ id: "cut-body", options: { bytes: 40 } }).fetch(
      "opencomputer",
      createRequest({ image }),
    );
    await expect(cut.text()).rejects.toThrow("terminated");
  });

  test("makes its sandbox though the caller leaves in the middle, and the mock goes on", async () => {
    const faults = [{ id: "slow-body", options: { bytesPerSecond: 200 }, operation: "createSandbox" }];
    await using mock = {
      ...(await startMock({ contract: "opencomputer", faults })),
      [Symbol.asyncDispose]: () => mock.close(),
    };
    const headers = { "x-api-key": "sandglass-acme", "content-type": "application/json", accept: "text/event-stream" };
    await new Promise<void>((resolve) => {
      const outgoing = ask(`${mock.url}/api/sandboxes`, { method: "POST", headers }, (answer) => {
        answer.on("error", () => resolve()).once("data", () => outgoing.destroy());
      });
      outgoing.end(JSON.stringify({ image }));
    });
    const listed = await fetch(`${mock.url}/api/sandboxes`, { headers: { "x-api-key": "sandglass-acme" } });
    expect(await listed.json()).toHaveLength(1);
    expect(mock.defaultWorld().journal.verify({ operation: "createSandbox", status: 200, times: 1 }).ok).toBe(true);
  });
});
