import { expect, test } from "vitest";
import { systemClock } from "../../src/contract/clock.ts";
import { createSession } from "../kit/run/session.ts";
import { opencomputer } from "./contract.ts";
import { fakeServer } from "./fake-server.fixture.ts";
import type { Box, Tamper } from "./fake-server.fixture.ts";

const tour = opencomputer.laws.find(({ id }) => id === "opencomputer/sequence/tour")!;

/** Does to all sandboxes of the caller what was asked for one of them. */
function toAll(operation: string, spread: (to: Box, from: Box) => void): Tamper {
  return (seen, honest, { boxes }) => {
    const answer = honest(seen);
    if (seen.operation !== operation || seen.box === undefined || answer.status >= 300) return answer;
    for (const box of boxes.values()) if (box.key === seen.key) spread(box, seen.box);
    return answer;
  };
}

test.each<[string, Tamper]>([
  ["tags", toAll("replaceSandboxTags", (to, { tags }) => void (to.tags = tags))],
  ["ports", toAll("createPreview", (to, { ports }) => void (to.ports = ports))],
  ["hibernation", toAll("hibernateSandbox", (to) => void (to.phase = "hibernated"))],
  ["its end", toAll("killSandbox", (to) => void (to.phase = "stopped"))],
])(
  "a tour sees that a sandbox shares %s with another",
  async (_, tamper) => {
    const session = createSession({ clock: systemClock, seed: 1, contract: opencomputer, target: fakeServer(tamper) });
    expect((await session.judge({ laws: [tour] })).get(tour)!).toMatchObject({
      verdict: "fail",
      evidence: "confirmed",
    });
    await session.close();
  },
  120_000,
);

test("a tour goes through each pair of operations on one sandbox, and makes three", async () => {
  const honest = fakeServer();
  const asked: string[] = [];
  const fetch = async (request: Request) => {
    const { pathname } = new URL(request.url);
    const [, , , id, ...rest] = pathname.split("/");
    if (request.method !== "GET" && id !== undefined) asked.push(`${id} ${request.method} ${rest.join("/")}`);
    return honest.fetch(request);
  };
  const target = { ...honest, fetch };
  const session = createSession({ clock: systemClock, seed: 1, contract: opencomputer, target });
  expect((await session.judge({ laws: [tour] })).get(tour)!).toMatchObject({ verdict: "pass" });
  expect((await session.close()).created).toBe(3);
  const pairs = new Set(asked.slice(1).map((step, index) => `${asked[index]} > ${step}`));
  const second = asked.filter((step) => step.startsWith("sb-00000002"));
  const kinds = [...new Set(second)].filter((step) => /^\S+ \S+ [a-z]+(\/(rotate|3000))?$/.test(step));
  expect(kinds.length).toBe(7);
  const missing = kinds.flatMap((one) => kinds.map((other) => `${one} > ${other}`)).filter((pair) => !pairs.has(pair));
  expect(missing).toEqual([]);
}, 120_000);
