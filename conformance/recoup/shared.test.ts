import { expect, test } from "vitest";
import { runLaws } from "../kit/run/engine.ts";
import { recoup } from "./contract.ts";
import { fakeServer } from "./fake-server.fixture.ts";
import { refuse } from "./fake-server.fixture.ts";
import type { Tamper } from "./fake-server.fixture.ts";

async function createdFor(pattern: RegExp, tamper?: Tamper): Promise<{ created: number; verdicts: string[] }> {
  const { target, clock } = fakeServer(tamper);
  const laws = recoup.laws.filter(({ id }) => pattern.test(id));
  const verdicts: string[] = [];
  for await (const event of runLaws({ clock, seed: 1, contract: recoup, target, laws, minutesMax: 10_000 })) {
    if (event.type === "lawFinished") verdicts.push(`${event.outcome.verdict} ${event.outcome.evidence ?? ""}`.trim());
    if (event.type === "runFinished") return { created: event.receipt.created, verdicts };
  }
  throw new Error("the run did not finish");
}

test("laws that only look at a run share one", async () => {
  const pattern = /list-runs\/(stranger-|run-exists)/;
  expect(await createdFor(pattern)).toEqual({ created: 1, verdicts: ["pass", "pass", "pass"] });
});

test("laws that watch a new sandbox share one, in their window", async () => {
  const pattern = /list\/(legal-transitions|becomes-running|created-at-(fixed|as-created))/;
  expect(await createdFor(pattern)).toEqual({ created: 1, verdicts: ["pass", "pass", "pass", "pass"] });
});

test("a law that saw a breach judges another run to be sure, which the next law may look at", async () => {
  const notFound: Tamper = (seen, honest) =>
    seen.operation === "listTaskRuns" && seen.query["runId"] !== undefined ? refuse(404, "not found") : honest(seen);
  const pattern = /list-runs\/(run-exists|limit-kept)/;
  expect(await createdFor(pattern, notFound)).toEqual({ created: 3, verdicts: ["fail confirmed", "pass"] });
});

test("a default run makes at most 36 sandboxes", async () => {
  const { created, verdicts } = await createdFor(/./);
  expect(created).toBeLessThanOrEqual(36);
  // What changes an account for good is not sent by default.
  expect(new Set(verdicts)).toEqual(new Set(["pass", "skip untestable"]));
});
