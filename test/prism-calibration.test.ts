import { format, resolveConfig } from "prettier";
import { describe, expect, test } from "vitest";
import { contracts, runLaws } from "../conformance/index.ts";
import type { ContractName, FetchLike, Law, LawOutcome } from "../conformance/index.ts";
import { systemClock } from "../src/contract/clock.ts";
import { createMock } from "../mocks/index.ts";
import { knownCallers } from "../src/cli/known-callers.ts";
import { judgeMock } from "../src/cli/self-test-run.ts";
import { startPrism } from "../src/cli/prism.ts";

// Two servers of the same documents. Ours remembers; Prism's is stateless: it validates requests, looks whether a
// credential is there, and answers with examples. So on Prism a law may fail because it needs memory, or because it rests on
// a rule that the document's schemas cannot say; each of the latter is explained here. A law that fails besides would ask for
// what no contract says.

const document = "docs/reference/calibration.md";

/** Laws that need no memory and fail on Prism all the same, each with the reason. */
const beyondSchemas: Readonly<Record<string, string>> = {
  "recoup/create/credentials-both":
    "OpenAPI's alternatives mean one credential at least; that it is exactly one stands beside.",
  "recoup/list/credentials-both": "The same.",
  "recoup/get-file/credentials-both": "The same.",
  "recoup/list-runs/credentials-both": "The same.",
  "recoup/account-id/credentials-both": "The same.",
  "recoup/list/bearer-accepted": "Prism compares the scheme letter by letter, and so refuses `bearer`.",
  "recoup/create/no-run-id": "Examples hold a `runId`; when there is one stands in `x-present-if-request-has`.",
  "recoup/list/no-run-id": "The same example serves lists.",
  "opencomputer/hibernate/answer-shape": "The example names one sandbox, whichever is asked for.",
  "recoup/create/timeout-whole": "The example says 300,000; where the time starts stands in `x-remaining-time`.",
};

/** Why Prism leaves laws unjudged that send such a request. */
const unanswered =
  "Prism 5.16 never answers some requests that it refuses: it waits for the end of a request that it has already read.";

type Judged = readonly { readonly law: Law; readonly outcome: LawOutcome }[];

async function judge(name: ContractName, baseUrl: string): Promise<Judged> {
  const judged: { law: Law; outcome: LawOutcome }[] = [];
  const limits = { requestTimeoutMs: 1_000, waitMsMax: 0, createsMax: 300, aliveMax: Infinity };
  const options = {
    ...limits,
    clock: systemClock,
    seed: 1,
    contract: contracts[name],
    target: {
      ...knownCallers(createMock().defaultWorld().tenants, name),
      baseUrl,
      previewVia: baseUrl,
      fetch: emptyAtFirst(name, baseUrl),
    },
  };
  for await (const event of runLaws(options)) if (event.type === "lawFinished") judged.push(event);
  return judged;
}

/**
 * Prism's list has its example from the beginning, which a run would take for another user's and never touch, though each
 * create answers with it. So the account is empty until something is created.
 */
function emptyAtFirst(name: ContractName, baseUrl: string): FetchLike {
  let isEmpty = true;
  return (request) => {
    const { pathname, search } = new URL(request.url);
    const isList = pathname === "/api/sandboxes";
    if (isList && request.method === "POST") isEmpty = false;
    if (isList && request.method === "GET" && isEmpty) {
      return Response.json(
        name === "recoup"
          ? { status: "success", sandboxes: [], snapshot_id: null, github_repo: null, filetree: null }
          : [],
      );
    }
    return fetch(new Request(`${baseUrl}${pathname}${search}`, request));
  };
}

async function judgePrism(name: ContractName): Promise<Judged> {
  const prism = await startPrism(`generated/${name}/openapi.json`);
  try {
    return await judge(name, prism.url);
  } finally {
    await prism.close();
  }
}

function idsWith(judged: Judged, verdict: LawOutcome["verdict"]): readonly string[] {
  return judged.flatMap(({ law, outcome }) => (outcome.verdict === verdict ? [law.id] : [])).sort();
}

const tables: string[] = [];

describe.each(["recoup", "opencomputer"] as const)("the laws of %s", (name) => {
  let mock: Judged = [];
  let prism: Judged = [];

  test("all hold on the mock", async () => {
    mock = await judgeMock({ contract: name, seed: 1, faults: [] });
    expect(mock.filter(({ outcome }) => outcome.verdict !== "pass")).toEqual([]);
    expect(mock.length).toBe(contracts[name].laws.length);
  });

  test("that fail on a server without memory need one, or are explained", async () => {
    prism = await judgePrism(name);
    const failed = prism.filter(({ outcome }) => outcome.verdict === "fail").map(({ law }) => law);
    expect(failed.length).toBeGreaterThan(10);
    const odd = failed.filter(({ needs }) => !needs.includes("memory")).map(({ id }) => id);
    expect(odd.sort()).toEqual(
      Object.keys(beyondSchemas)
        .filter((id) => id.startsWith(`${name}/`))
        .sort(),
    );
    tables.push(tableOf(name, mock, prism));
  }, 180_000);
});

test(`${document} says what came of it`, async () => {
  const config = await resolveConfig(document);
  const text = await format(pageOf(tables), { ...config, filepath: document });
  await expect(text).toMatchFileSnapshot(`../${document}`);
});

function tableOf(name: ContractName, mock: Judged, prism: Judged): string {
  const rows = mock.map(({ law, outcome }) => {
    const other = prism.find((judged) => judged.law === law)?.outcome.verdict ?? "";
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
it validates requests, looks whether a credential is there, and answers with the examples of the document. So a law may
fail on Prism because it needs memory (of sandboxes, or of keys), or because it rests on a rule that schemas cannot say.
\`test/prism-calibration.test.ts\` runs both, and compares this page with what came of it;
\`npx vitest run test/prism-calibration.test.ts --update\` writes it anew.

"skip" on Prism means that the law waits, which this test does not let it, that it needs an input that Prism cannot have,
or that it rests on an earlier step that Prism did not take. "error" means that it could not be judged: ${unanswered}

These need no memory, and fail all the same:

${Object.entries(beyondSchemas)
  .map(([id, reason]) => `- \`${id}\`: ${reason}`)
  .join("\n")}

${parts.join("\n\n")}
`;
}
