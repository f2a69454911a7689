import { expect, test } from "vitest";
import { createManualClock } from "../../../../src/contract/clock.ts";
import { runLaws } from "../../run/engine.ts";
import type { RunEvent } from "../../run/event.ts";
import { lawFixture, miniContract, miniServer } from "../../mini-contract.fixture.ts";
import { reportOf } from "./report.ts";

async function eventsOf(...reasons: readonly (string | undefined)[]): Promise<RunEvent[]> {
  const laws = reasons.map((reason, index) =>
    lawFixture({
      id: `mini/list/${index}`,
      check: async (run) => {
        const exchange = await run.send({ operation: "list" });
        return reason === undefined ? undefined : { reason, exchange, counterexample: { value: index }, path: "0:1" };
      },
    }),
  );
  const clock = createManualClock(Date.UTC(2026, 0, 2));
  const events: RunEvent[] = [];
  for await (const event of runLaws({ clock, seed: 7, contract: miniContract(laws), target: miniServer().target })) {
    events.push(event);
  }
  return events;
}

test("a report says what was judged, when, and with what result", async () => {
  expect(reportOf(await eventsOf(undefined))).toEqual({
    requests: 2,
    concurrency: 1,
    askedAgain: { times: 0, waitedMs: 0, after: {} },
    version: 1,
    contract: "mini",
    target: "http://mini.test",
    seed: 7,
    profile: "deployment",
    startedAt: "2026-01-02T00:00:00.000Z",
    durationMs: 0,
    requireAll: false,
    conclusion: { result: "held", exitCode: 0, failOn: "MUST", headline: "No MUST is broken.", causes: [] },
    laws: [
      {
        id: "mini/list/0",
        requirement: "MUST",
        statement: "keep the rule",
        verdict: "pass",
        evidence: null,
        skipCause: null,
        reason: null,
        flag: null,
        waived: null,
        source: "#",
        durationMs: 0,
        counterexample: null,
        path: null,
        exchanges: [],
        reproduce: {
          curl: null,
          command:
            'npx sandglass conform mini --url http://mini.test --key "$SANDGLASS_KEY" --law mini/list/0 --seed 7',
          vitest: null,
        },
      },
    ],
    ledger: {
      created: 0,
      counted: 0,
      deleted: 0,
      verifiedGone: 0,
      leaked: [],
      expiring: [],
      unanswered: 0,
      madeByRefused: [],
      doubtful: [],
      unsettled: [],
      refused: 0,
      refusals: [],
    },
    coverage: { operations: { list: { "200": 2 } }, keywords: {} },
  });
});

test("a breach comes with its counterexample and three ways to see it again", async () => {
  const report = reportOf(await eventsOf(undefined, "it is odd"));
  expect(report?.laws[1]).toMatchObject({
    verdict: "fail",
    evidence: "confirmed",
    reason: "it is odd",
    counterexample: { value: 1 },
    path: "0:1",
    exchanges: [{ operation: "list", response: { status: 200, body: "[]" } }],
    reproduce: {
      curl: expect.stringMatching(
        /curl -i -X GET "http:\/\/mini\.test\/boxes" -H "accept: application\/json" -H "x-key: \$SANDGLASS_KEY"$/,
      ) as string,
      command: expect.stringMatching(/--law mini\/list\/1 --seed 7 --path 0:1$/) as string,
      vitest: expect.stringMatching(/law: "mini\/list\/1",[^]*seed: 7,\n {2}counterexample: \{"value":1\},/) as string,
    },
  });
});

test("a run that has not finished has no report", async () => {
  expect(reportOf((await eventsOf(undefined)).slice(0, -1))).toBeUndefined();
});
