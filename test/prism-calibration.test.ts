import { format, resolveConfig } from "prettier";
import { describe, expect, test } from "vitest";
import { contracts, runLaws } from "../conformance/index.ts";
import type { ContractName, Law, Outcome, Target } from "../conformance/index.ts";
import { startMock } from "../mocks/index.ts";
import { systemClock } from "../src/contract/clock.ts";
import { startPrism } from "./prism-server.ts";

// Two servers of the same documents. Ours remembers; Prism's is stateless: it validates requests, looks whether a
// credential is there, and answers with examples. So on Prism the laws that need memory have to fail, and no others: a
// law that fails besides would ask for what the document does not say, one that passes would not look.

const keys = { recoup: "sandglass-ada", opencomputer: "sandglass-acme" } as const;
const document = "docs/reference/calibration.md";

/** Laws that Prism leaves unjudged, by rule, each with the reason. */
const unanswered: Readonly<Record<string, string>> = {
  "create/malformed-json":
    "Prism 5.16 never answers a body that is not JSON: it waits for the end of a request that it has already read.",
};

type Judged = readonly { readonly law: Law; readonly outcome: Outcome }[];

async function judge(name: ContractName, target: Target): Promise<Judged> {
  const judged: { law: Law; outcome: Outcome }[] = [];
  const options = { clock: systemClock, seed: 1, contract: contracts[name], target, requestTimeoutMs: 2_000 };
  for await (const event of runLaws(options)) if (event.type === "lawFinished") judged.push(event);
  return judged;
}

async function judgeMock(name: ContractName): Promise<Judged> {
  const mock = await startMock({ contract: name, port: 0 });
  try {
    return await judge(name, { baseUrl: mock.url, key: keys[name] });
  } finally {
    await mock.close();
  }
}

async function judgePrism(name: ContractName): Promise<Judged> {
  const prism = await startPrism(`generated/${name}/openapi.json`);
  try {
    return await judge(name, { baseUrl: prism.url, key: keys[name] });
  } finally {
    await prism.close();
  }
}

function idsWith(judged: Judged, verdict: Outcome["verdict"]): readonly string[] {
  return judged.flatMap(({ law, outcome }) => (outcome.verdict === verdict ? [law.id] : [])).sort();
}

const tables: string[] = [];

describe.each(["recoup", "opencomputer"] as const)("the laws of %s", (name) => {
  let mock: Judged = [];
  let prism: Judged = [];

  test("all hold on the mock", async () => {
    mock = await judgeMock(name);
    expect(mock.filter(({ outcome }) => outcome.verdict !== "pass")).toEqual([]);
    expect(mock.length).toBe(contracts[name].laws.length);
  });

  test("that need memory fail on a server without one, and no others", async () => {
    prism = await judgePrism(name);
    const needMemory = contracts[name].laws.filter(({ needs }) => needs.includes("memory")).map(({ id }) => id);
    expect(idsWith(prism, "fail")).toEqual(needMemory.sort());
    expect(idsWith(prism, "error")).toEqual(Object.keys(unanswered).map((rule) => `${name}/${rule}`));
    expect(idsWith(prism, "skip")).toEqual([]);
    tables.push(tableOf(name, mock, prism));
  });
});

test(`${document} says what came of it`, async () => {
  const config = await resolveConfig(document);
  const text = await format(pageOf(tables), { ...config, filepath: document });
  await expect(text).toMatchFileSnapshot(`../${document}`);
});

function tableOf(name: ContractName, mock: Judged, prism: Judged): string {
  const rows = mock.map(({ law, outcome }, index) => {
    const other = prism[index]?.outcome.verdict ?? "";
    return `| \`${law.id}\` | ${law.requirement} | ${law.needs.join(", ")} | ${outcome.verdict} | ${other} |`;
  });
  const failed = `${idsWith(prism, "fail").length} of ${mock.length} laws fail on Prism.`;
  return [
    `## ${name}`,
    "",
    failed,
    "",
    "| law | level | needs | mock | Prism |",
    "| - | - | - | - | - |",
    ...rows,
  ].join("\n");
}

function pageOf(parts: readonly string[]): string {
  return `# Calibration of the conformance suite

The laws, judged on two servers of the same documents. Sandglass's mock remembers what it is told. Prism's mock does not:
it validates requests, looks whether a credential is there, and answers with the examples of the document. So on Prism
those laws have to fail that need memory (of sandboxes, or of keys), and no others. \`test/prism-calibration.test.ts\` runs
both, and compares this page with what came of it; \`npx vitest run test/prism-calibration.test.ts --update\` writes it
anew.

"error" means that a law could not be judged:

${Object.entries(unanswered)
  .map(([rule, reason]) => `- \`${rule}\`: ${reason}`)
  .join("\n")}

${parts.join("\n\n")}
`;
}
