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
])("a tour sees that a sandbox shares %s with another", async (_, tamper) => {
  const session = createSession({ clock: systemClock, seed: 1, contract: opencomputer, target: fakeServer(tamper) });
  expect((await session.judge({ laws: [tour] })).get(tour)!).toMatchObject({ verdict: "fail", evidence: "confirmed" });
  await session.close();
});

test("a tour goes through each pair of operations with two sandboxes", async () => {
  const honest = fakeServer();
  const asked: string[] = [];
  const fetch = async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET") asked.push(`${request.method} ${pathname.split("/").slice(4).join("/")}`);
    return honest.fetch(request);
  };
  const target = { ...honest, fetch };
  const session = createSession({ clock: systemClock, seed: 1, contract: opencomputer, target });
  expect((await session.judge({ laws: [tour] })).get(tour)!).toMatchObject({ verdict: "pass" });
  expect((await session.close()).created).toBe(2);
  const steps = asked.slice(asked.lastIndexOf("POST ") + 1, -4); // after both creates, before both ends and cleaning up
  const pairs = new Set(steps.slice(1).map((step, index) => `${steps[index]} > ${step}`));
  const kinds = new Set(steps); // to tag and to untag are one here
  expect(pairs.size).toBe(kinds.size ** 2);
});
