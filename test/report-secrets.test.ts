import { describe, expect, test } from "vitest";
import {
  contracts,
  createClauseFiles,
  formatReports,
  reportFormats,
  reportOf,
  runLaws,
} from "../conformance/command.ts";
import type { ContractName, LedgerEntry, Report, RunEvent } from "../conformance/index.ts";
import { createMock } from "../mocks/index.ts";
import { missKey, nearMisses } from "../conformance/kit/input/near-miss.ts";

// Keys and tokens are planted, and everything that can go wrong with a key goes wrong; then all that leaves is searched.

const key = "canary-Key-4711-of-the-caller";
const otherKey = "canary-Key-0815-of-another-tenant";
const faults = ["E1", "E8", "A3", "E4"].map((id) => ({ id }));

/** Judges a server that echoes what it is told, its keys too, and hands out tokens that are known here. */
async function judge(contract: ContractName): Promise<{ events: RunEvent[]; ledger: LedgerEntry[]; tokens: string[] }> {
  const tenants = [
    { contract, name: "caller", organisation: "one", key },
    { contract, name: "other", organisation: "two", key: otherKey },
  ].map((tenant, index) => ({ ...tenant, id: `1111111${index}-1111-4111-8111-111111111111` }));
  const mock = createMock({ tenants, faults, clockScale: 0, startMs: 0 });
  const tokens: string[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const sent = [...request.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    const response = await mock.fetch(contract, request);
    const text = await response.text();
    for (const [, token] of text.matchAll(/"(?:previewAuthToken|token)":"([^"]+)"/g)) tokens.push(token!);
    const echo = text.replace(/^\{/, () => `{"echo":${JSON.stringify(sent)},`);
    return new Response([204, 304].includes(response.status) ? null : echo, response);
  };
  const { clock } = mock.defaultWorld();
  const events: RunEvent[] = [];
  const ledger: LedgerEntry[] = [];
  const target = { baseUrl: `http://127.0.0.1/${key}`, key, otherKey, clock, fetch: stripped(fetch) };
  const sink = { append: (entry: LedgerEntry) => void ledger.push(entry) };
  const limits = { createsMax: 500, aliveMax: Infinity, minutesMax: Infinity, sleep: () => Promise.resolve() };
  for await (const event of runLaws({ ...limits, clock, seed: 1, contract: contracts[contract], target, sink })) {
    events.push(event);
  }
  return { events, ledger, tokens };
}

/** The key stands in the base URL as well, in front of the contract's paths. */
function stripped(fetch: (request: Request) => Promise<Response>) {
  return (request: Request) => fetch(new Request(request.url.replace(`/${key}/`, "/"), request));
}

describe.each(["recoup", "opencomputer"] as const)("a run on %s that goes wrong in every way", (contract) => {
  let report: Report | undefined;
  let texts: Readonly<Record<string, string>> = {};
  let secrets: readonly string[] = [];

  test("finds breaches that show keys", async () => {
    const { events, ledger, tokens } = await judge(contract);
    report = reportOf(events);
    const failed = report?.laws.filter(({ verdict }) => verdict === "fail") ?? [];
    expect(failed.length).toBeGreaterThan(5);
    expect(JSON.stringify(failed)).toContain("$SANDGLASS_KEY");
    const forms = reportFormats.map((format) => [
      format,
      formatReports(format, [report!], createClauseFiles(contracts)),
    ]);
    texts = {
      ...(Object.fromEntries(forms) as Record<string, string>),
      events: JSON.stringify(events),
      ledger: JSON.stringify(ledger),
    };
    secrets = [key, otherKey, ...nearMisses.map((near) => missKey(near, key)), ...tokens];
    if (contract === "opencomputer") expect(tokens.length).toBeGreaterThan(0);
  }, 60_000);

  test.each([...reportFormats, "events", "ledger"])("no key and no token is in its %s", (name) => {
    const text = texts[name]!;
    expect(text.length).toBeGreaterThan(100);
    for (const secret of secrets) expect(text.includes(secret), `${name} holds ${secret.slice(0, 12)}…`).toBe(false);
  });
});
