import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createManualClock } from "../src/contract/clock.ts";
import { contracts } from "./contracts.ts";
import { formatReports, reportOf, runLaws } from "./index.ts";
import type { RunEvent } from "./index.ts";
import { answerShapeLaw } from "./kit/law/families/answer-shape.ts";
import { noSandboxes } from "./kit/law/law.ts";
import type { JudgeRecording, Law } from "./kit/law/law.ts";
import { lawFixture, miniContract, miniServer } from "./kit/mini-contract.fixture.ts";
import { scenarioLaw } from "./kit/law/families/scenario.ts";

/** A contract that the kit has never heard of: a family, a scenario, a look that is made later, and a passive law. */
function strangeLaws(): readonly Law[] {
  const head = { requirement: "MUST", statement: "keep the rule", source: "#", operations: ["get"] } as const;
  const judge: JudgeRecording =
    ({ entries }) =>
    () => ({
      judged: new Set(entries.some(({ kind }) => kind === "exchange") ? ["mini/get/passive"] : []),
      breaches: [],
    });
  const { check: _, ...passive } = lawFixture({ id: "mini/get/passive", sandboxes: noSandboxes });
  const box = lawFixture({ id: "mini/get/later", needs: ["waiting"], waitsMs: 1_000 });
  return [
    answerShapeLaw({
      ...{ ...head, id: "mini/get/shape", operation: "get", sandboxes: { ...noSandboxes, fresh: 1 } },
      call: async (run) => ({ path: { id: await run.freshSandbox() } }),
    }),
    scenarioLaw({
      ...{ ...head, id: "mini/get/scenario" },
      scenario: { name: "life", creates: 1, keeps: "play", play: async (run) => (await run.create({})).id },
      judge: (id) => (id === "b2" ? undefined : { reason: `the second box is ${id}` }),
    }),
    {
      ...box,
      check: async (run) => {
        const id = await run.freshSandbox();
        const judge = async () => {
          const exchange = await run.send({ operation: "get", path: { id } });
          return exchange.response.status === 200 ? undefined : { reason: "it is gone", exchange };
        };
        return [{ untilMs: run.time.now() + 1_000, judge }];
      },
    },
    { ...passive, passive: judge },
  ];
}

test("a contract of which the kit knows nothing is judged and reported from end to end", async () => {
  const contract = miniContract(strangeLaws());
  const server = miniServer();
  const clock = createManualClock(0);
  const target = { ...server.target, clock: { now: clock.now, advance: (ms: number) => void clock.advance(ms) } };
  const events: RunEvent[] = [];
  for await (const event of runLaws({ clock, seed: 1, contract, target })) events.push(event);
  const report = reportOf(events)!;
  expect(report.laws.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
    "mini/get/shape pass",
    "mini/get/scenario pass",
    "mini/get/later pass",
    "mini/get/passive pass",
  ]);
  expect(server.alive.size).toBe(0);
  expect(formatReports("md", [report])).toContain("mini/get/scenario");
});

test("the kit knows no contract by its name, nor a member, header or id of one", () => {
  const all = Object.values(contracts);
  const ids = ["sandboxID", "sandboxId", "runId", "sandboxDomain", "previewAuth"];
  const words = [...all.map(({ name }) => name), ...all.flatMap(({ secretFields }) => secretFields), ...ids];
  const known = new RegExp(`["'.\`/](${words.filter((word) => word !== "token").join("|")})["'\`/\\]]`);
  const files = globSync("conformance/kit/**/*.ts").filter((file) => !/\.(test|fixture)\.ts$/.test(file));
  expect(files.length).toBeGreaterThan(80);
  const code = (file: string) => readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  expect(files.filter((file) => known.test(code(file)))).toEqual([]);
});
