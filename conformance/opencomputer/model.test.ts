import { expect, test } from "vitest";
import type { ObservedExchange } from "../kit/model/observed-exchange.ts";
import { createJudge } from "../kit/model/judge.ts";
import { createOpenComputerModel } from "./model/index.ts";

const startMs = Date.UTC(2026, 0, 2);
const id = "sb-1f0c9a2e";
const instant = (afterMs: number) => new Date(startMs + afterMs).toISOString();

type Said = Partial<Pick<ObservedExchange, "actor" | "isAnonymous">> & {
  readonly operation: string;
  readonly sent?: unknown;
  readonly status: number;
  readonly told?: unknown;
};

/** What the model says of these exchanges, ten seconds apart, after a create. */
function judgeAll(created: unknown, ...said: readonly Said[]): readonly string[] {
  const judge = createJudge(createOpenComputerModel());
  const place = { sandboxID: id, status: "running", region: "use2", workerID: "w-1" };
  const all: readonly Said[] = [{ operation: "createSandbox", sent: created, status: 201, told: place }, ...said];
  const found = all.flatMap(({ operation, sent, status, told, actor = "acme", isAnonymous = false }, index) => {
    const [sentAtMs, body] = [startMs + index * 10_000, JSON.stringify(sent)];
    const headers = { "content-type": "application/json" };
    return judge.take({
      ...{ number: index + 1, operation, path: operation === "createSandbox" ? {} : { id }, isAnonymous },
      actor: isAnonymous ? undefined : actor,
      request: { method: "POST", url: "http://target.test/", headers, ...(body === undefined ? {} : { body }) },
      response: { status, headers, body: JSON.stringify(told) ?? "", json: told },
      ...{ sentAtMs, answeredAtMs: sentAtMs + 10 },
    });
  });
  return [...found, ...judge.finish()].map(({ clause }) => clause.replace("opencomputer/", ""));
}

const got = { sandboxID: id, status: "running", startedAt: instant(0) };
const record = {
  id: "pv-1",
  sandboxId: id,
  hostname: `${id}-p3000.example.test`,
  port: 3000,
  createdAt: instant(10_000),
};

test.each<[string, clause: string, created: unknown, ...said: Said[]]>([
  [
    "a request without a key is carried out",
    "get/credentials-none",
    {},
    { operation: "getSandbox", status: 200, told: got, isAnonymous: true },
  ],
  [
    "the time of tags is that of others",
    "replace-tags/answers-new",
    {},
    {
      operation: "replaceSandboxTags",
      sent: { a: "1" },
      status: 200,
      told: { tags: { a: "1" }, tagsLastUpdatedAt: instant(0) },
    },
  ],
  [
    "a record has another authConfig than was sent",
    "create-preview/record",
    {},
    {
      operation: "createPreview",
      sent: { port: 3000, authConfig: { a: 1 } },
      status: 201,
      told: { ...record, authConfig: {} },
    },
  ],
  [
    "a record was made at another time",
    "create-preview/record",
    {},
    { operation: "createPreview", sent: { port: 3000 }, status: 201, told: { ...record, createdAt: instant(-60_000) } },
  ],
  [
    "a record changes where its port is listed again",
    "create-preview/same-port",
    {},
    { operation: "createPreview", sent: { port: 3000 }, status: 201, told: record },
    { operation: "createPreview", sent: { port: 3000 }, status: 200, told: { ...record, createdAt: instant(20_000) } },
  ],
  [
    "another template is shown than was asked for",
    "get/members-kept",
    { templateID: "python" },
    { operation: "getSandbox", status: 200, told: { ...got, template: "base" } },
  ],
  [
    "another size is shown than was asked for",
    "get/sizes-kept",
    { cpuCount: 2 },
    { operation: "getSandbox", status: 200, told: { ...got, cpuCount: 4 } },
  ],
])("the model sees that %s", (_, clause, created, ...said) => {
  expect(judgeAll(created, ...said)).toEqual([clause]);
});

test("the model allows all of it where it is right", () => {
  const said: readonly Said[] = [
    { operation: "getSandbox", status: 401, told: { error: "missing or invalid API key" }, isAnonymous: true },
    { operation: "getSandbox", status: 200, told: { ...got, template: "python", cpuCount: 2 } },
    { operation: "createPreview", sent: { port: 3000 }, status: 201, told: { ...record, createdAt: instant(30_000) } },
    {
      operation: "replaceSandboxTags",
      sent: { a: "1" },
      status: 200,
      told: { tags: { a: "1" }, tagsLastUpdatedAt: instant(40_000) },
    },
  ];
  expect(judgeAll({ templateID: "python", cpuCount: 2 }, ...said)).toEqual([]);
});
