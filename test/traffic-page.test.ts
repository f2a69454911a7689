import { format, resolveConfig } from "prettier";
import { expect, test } from "vitest";
import { contracts, runLaws } from "../conformance/index.ts";
import type { ContractName, RecordingEntry } from "../conformance/command.ts";
import { schemaSites } from "../conformance/kit/input/schema-site.ts";
import { requestBodySchema } from "../conformance/kit/law/schema.ts";
import { createMock } from "../mocks/index.ts";
import { knownCallers } from "../src/cli/known-callers.ts";
import type { Operation } from "../src/contract/operation.ts";

const document = "docs/reference/passive-traffic.md";

test(`${document} tells what a run says and hears, with a reason for each hole`, async () => {
  const sections = [await section("recoup", "Recoup"), await section("opencomputer", "OpenComputer")];
  const config = await resolveConfig(document);
  const text = await format(page(sections), { ...config, filepath: document });
  await expect(text).toMatchFileSnapshot(`../${document}`);
}, 120_000);

function page(sections: readonly string[]): string {
  return `# What a run says and hears

Every operation of a contract, every status that it documents and every keyword of its body's schema, against the traffic of one run
of all laws (\`--profile full\`, with a quota, a member's and a stranger's account) on the mock. What is seen is what laws that read the
whole traffic can judge; each hole has its reason. A keyword counts as broken where a body that breaks it was sent.

This page is written from a run: \`npx vitest run test/traffic-page.test.ts --update\`.

${sections.join("\n\n")}
`;
}

/** What a run said of each operation: statuses, and the keywords that bodies broke. */
type Seen = { readonly statuses: Set<string>; readonly keywords: Set<string> };

async function section(name: ContractName, title: string): Promise<string> {
  const seen = new Map<string, Seen>();
  for (const quota of [null, 5]) await runOnce(name, quota, (entry) => note(name, seen, entry));
  const rows = contracts[name].operations.map((operation) => row(name, operation, seen.get(operation.id)));
  return [
    `## ${title}`,
    "| operation | statuses seen | not seen, and why | keywords broken | not broken, and why |\n| - | - | - | - | - |\n" +
      rows.join("\n"),
  ].join("\n\n");
}

async function runOnce(name: ContractName, quota: number | null, record: (entry: RecordingEntry) => void) {
  const mock = createMock({ clockScale: 0, startMs: Date.UTC(2026, 0, 2), settings: { quota }, seed: "traffic" });
  const { clock, tenants } = mock.defaultWorld();
  const { url, close } = await mock.listen(name);
  const contract = contracts[name];
  const laws = contract.laws.filter(({ needs }) => needs.includes("quota") === (quota !== null));
  const target = {
    ...{ baseUrl: "http://127.0.0.1", ...knownCallers(tenants, name), previewVia: url, quota: quota ?? undefined },
    fetch: (request: Request) => mock.fetch(name, request),
    clock: { now: () => clock.now(), advance: (ms: number) => void clock.advance(ms) },
  };
  const limits = { createsMax: Infinity, aliveMax: Infinity, minutesMax: Infinity, sleep: () => Promise.resolve() };
  const run = { clock, seed: 1, contract, target, laws, record, profile: "full" } as const;
  try {
    if (laws.length > 0) for await (const event of runLaws({ ...limits, ...run })) void event;
  } finally {
    await close();
  }
}

function note(name: ContractName, seen: Map<string, Seen>, entry: RecordingEntry): void {
  if (entry.kind !== "exchange") return;
  const { operation, request, response } = entry.exchange;
  const { statuses, keywords } = seen.get(operation) ?? { statuses: new Set(), keywords: new Set() };
  seen.set(operation, { statuses: statuses.add(String(response.status)), keywords });
  const validate = contracts[name].requestBodies[operation];
  if (validate === undefined || request.body === undefined) return;
  try {
    if (!validate(JSON.parse(request.body))) for (const { keyword } of validate.errors ?? []) keywords.add(keyword);
  } catch {
    // A body that is not JSON breaks no keyword.
  }
}

/** Why a documented status is not seen, whichever operation it is. */
const statusReasons: Readonly<Record<string, string>> = {
  "402": "no request uses up an account's credit",
  "403": "no key of a run is known and yet not allowed",
  "413": "no law sends a body as large as that",
  "500": "no request makes the server fail",
  "502": "no request makes what is behind the server fail",
  "503": "no request overloads the server",
};
/** Why one is not, of an operation. */
const operationReasons: Readonly<Record<string, string>> = {
  "getSandboxFile 200": "the mock has no repository of its own accord",
  "uploadSandboxFiles 200": "the mock has no repository of its own accord",
  "getCommandResult 200": "the mock answers a short command with its result",
  "downloadFile 404": "a signed address is used while its sandbox is there",
  "downloadFile 410": "a signed address is used while its sandbox is there",
  "uploadFile 404": "a signed address is used while its sandbox is there",
  "uploadFile 410": "a signed address is used while its sandbox is there",
  "createCheckpoint 409": "no two of a run have one name",
  "createSnapshot 409": "no two of a run have one name",
  "createSecretStore 409": "no two of a run have one name",
  "forkCheckpoint 400": "a fork is a create: what is to be refused is asked of that",
  "forkCheckpoint 401": "a fork is a create: what is to be refused is asked of that",
  "forkCheckpoint 429": "a fork is a create: what is to be refused is asked of that",
  "createWebhook 200": "no law sends an idempotency key",
  "createWebhook 409": "no law sends an idempotency key",
  "createSnapshot 202": "no law asks for a build that goes on",
  "getWebhookDelivery 200": "deliveries are read as a list",
  "rebootSandbox 400": "no law restarts what does not run",
  "powerCycleSandbox 400": "no law restarts what does not run",
  "readSandboxLogs 400": "no law breaks a parameter that may be left out",
  "getSandboxUsage 400": "no law breaks a parameter that may be left out",
  "deleteCheckpointPatch 204": "scripts go with what they were added to",
  "deleteSnapshotPatch 204": "scripts go with what they were added to",
  "deleteImagePatch 204": "scripts go with what they were added to",
  ...Object.fromEntries(
    ["publishSnapshot 200", "publishSnapshot 404", "unpublishSnapshot 200", "unpublishSnapshot 404"].map((each) => [
      each,
      "the vendor's own organisation alone may",
    ]),
  ),
  "resizePty 200": "terminals are resized by strangers alone",
};
/** Why a keyword is not broken, by operation. */
const keywordReasons: Readonly<Record<string, string>> = {
  forkCheckpoint: "a fork is a create: what is to be refused is asked of that",
  deleteSandboxes: "its laws break the form of the account alone",
  setupSandbox: "its laws break the form of the account alone",
  uploadSandboxFiles: "its laws break the form of the account and the number of files alone",
};

function row(name: ContractName, operation: Operation, seen: Seen | undefined): string {
  const { id, statuses } = operation;
  const { document: whole } = contracts[name];
  const body = requestBodySchema(whole, operation);
  const start = body === undefined ? undefined : { ...body, evidence: operation.evidence };
  const keywords = start === undefined ? [] : [...new Set(schemaSites(whole, start).map(({ keyword }) => keyword))];
  if (seen === undefined) throw new Error(`no law sends ${id}`);
  const isSeen = (status: string) => seen.statuses.has(status);
  const isBroken = (keyword: string) => seen.keywords.has(keyword);
  const cells = [
    statuses.filter(isSeen).join(", "),
    holes(
      statuses.filter((status) => !isSeen(status)),
      (status) => operationReasons[`${id} ${status}`] ?? statusReasons[status] ?? unexplained(`${id} ${status}`),
    ),
    keywords.filter(isBroken).join(", "),
    holes(
      keywords.filter((keyword) => !isBroken(keyword)),
      (keyword) => keywordReasons[id] ?? unexplained(`${keyword} of ${id}`),
    ),
  ];
  return `| \`${id}\` | ${cells.join(" | ")} |`;
}

function unexplained(hole: string): never {
  throw new Error(`no law brings about ${hole}, and nothing says why`);
}

/** Holes with the same reason stand together. */
function holes(names: readonly string[], reasonOf: (name: string) => string): string {
  const groups = Map.groupBy(names, reasonOf);
  return [...groups].map(([reason, some]) => `${some.join(", ")}: ${reason}`).join("; ");
}
