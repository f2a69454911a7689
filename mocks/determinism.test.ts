import { describe, expect, test } from "vitest";
import { type ContractName, createMock, type Mock, type MockOptions } from "./index.ts";
import { sendRaw } from "./raw-socket.fixture.ts";

const startMs = Date.UTC(2026, 2, 1);
const openComputer = "sandglass-acme";
const recoup = "sandglass-ada";

type Sent = readonly [ContractName, string, string, string?];

const script: readonly Sent[] = [
  ["opencomputer", "POST", "/api/sandboxes", "{}"],
  ["opencomputer", "POST", "/api/sandboxes", '{"previewAuth":{},"timeout":5}'],
  ["opencomputer", "POST", "/api/sandboxes", '{"timeout":-1}'],
  ["opencomputer", "POST", "/api/sandboxes", '{"previewAuth":{"token":"auto"}}'],
  ["opencomputer", "GET", "/api/sandboxes"],
  ["opencomputer", "GET", "/nowhere"],
  ["recoup", "POST", "/api/sandboxes", '{"command":"ls"}'],
  ["recoup", "POST", "/api/sandboxes/setup", "{}"],
  ["recoup", "GET", "/api/sandboxes"],
  ["recoup", "GET", "/api/tasks/runs"],
  ["recoup", "DELETE", "/api/sandboxes", ""],
];

async function play(mock: Mock): Promise<string[]> {
  const answers: string[] = [];
  for (const [contract, method, path, body] of script) {
    const headers = { "x-api-key": contract === "recoup" ? recoup : openComputer, "content-type": "application/json" };
    const request = new Request(`http://mock${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const answer = await mock.fetch(contract, request);
    answers.push(JSON.stringify([answer.status, [...answer.headers], await answer.text()]));
    mock.defaultWorld().clock.advance(1_500);
  }
  return answers;
}

const frozen = (options: MockOptions = {}) => createMock({ clockScale: 0, startMs, ...options });

describe("with a seed", () => {
  test("the same requests get the same answers, preview tokens, dates and headers included", async () => {
    const [one, other] = [await play(frozen({ seed: "a" })), await play(frozen({ seed: "a" }))];
    expect(one).toEqual(other);
    expect(one[1]).toContain("previewAuthToken");
  });

  test("over a socket they are the same to the byte", async () => {
    const runs = await Promise.all(
      [1, 2].map(async () => {
        const mock = frozen({ seed: "bytes" });
        const listener = await mock.listen("opencomputer");
        const post = `POST /api/sandboxes HTTP/1.1\r\nhost: x\r\nx-api-key: ${openComputer}\r\ncontent-type: application/json\r\ncontent-length: 18\r\n`;
        const bytes = `${post}\r\n{"previewAuth":{}}${post}connection: close\r\n\r\n{"previewAuth":{}}`;
        const answered = await sendRaw(listener.port, bytes);
        await listener.close();
        return answered;
      }),
    );
    expect(runs[0]!.equals(runs[1]!)).toBe(true);
    expect(runs[0]!.toString().match(/previewAuthToken/g)).toHaveLength(2);
  });

  test("another seed gives other ids and tokens", async () => {
    const [one, other] = [await play(frozen({ seed: "a" })), await play(frozen({ seed: "b" }))];
    expect(one[0]).not.toBe(other[0]);
  });

  test("a snapshot goes on as the world itself does", async () => {
    const mock = frozen({ seed: "a" });
    await play(mock);
    const snapshot = mock.defaultWorld().snapshot();
    const first = await play(mock);
    mock.universe.reset(mock.defaultWorld(), snapshot);
    expect(await play(mock)).toEqual(first);
  });

  test("a reset world plays the same again", async () => {
    const mock = frozen({ seed: "a" });
    const first = await play(mock);
    mock.universe.reset(mock.defaultWorld());
    expect(await play(mock)).toEqual(first);
  });

  test("what happens in one world changes nothing in another", async () => {
    const alone = await play(frozen({ seed: "a" }));
    const mock = frozen({ seed: "a" });
    const other = mock.createWorld();
    for (let at = 0; at < 10; at += 1) other.random.hex(8);
    expect(await play(mock)).toEqual(alone);
  });
});

test("without a seed no token is given twice", async () => {
  const { seed } = frozen();
  expect(seed).toMatch(/^[0-9a-f]{8}$/);
  const tokens = (await Promise.all(Array.from({ length: 5 }, () => play(frozen())))).map(
    ([, created]) => /previewAuthToken[^\w]+([\w-]{43})/.exec(created!)![1],
  );
  expect(new Set(tokens).size).toBe(5);
});
