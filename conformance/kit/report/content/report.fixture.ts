import { concludeRun } from "../../run/conclusion.ts";
import type { RunEnd } from "../../run/conclusion.ts";
import type { LawReport, Report } from "./report.ts";
import type { ReportedExchange } from "./reported-exchange.ts";

/** An exchange that a test fills in. */
export function exchangeFixture(exchange: Partial<ReportedExchange> = {}): ReportedExchange {
  return {
    operation: "createSandbox",
    request: {
      method: "POST",
      url: "http://h.test/api/sandboxes",
      headers: { "x-api-key": "$SANDGLASS_KEY" },
      body: '{"command":""}',
    },
    response: { status: 200, headers: { "content-type": "application/json" }, body: '{"status":"success"}' },
    startedAtMs: 1_000,
    durationMs: 5,
    ...exchange,
  };
}

/** A breach of a MUST that a test fills in. */
export function lawReportFixture(law: Partial<LawReport> = {}): LawReport {
  return {
    id: "recoup/create/empty-text",
    requirement: "MUST",
    statement: "refuse an empty command",
    verdict: "fail",
    evidence: "confirmed",
    skipCause: null,
    reason: "it was answered 200",
    flag: null,
    waived: null,
    source: "#/components/schemas/CreateSandboxRequest/properties/command/minLength",
    durationMs: 12,
    counterexample: { command: "" },
    path: "0:0",
    exchanges: [exchangeFixture()],
    reproduce: { curl: "curl -i", command: "npx sandglass conform recoup", vitest: "registerLaws();\n" },
    ...law,
  };
}

/** A law that held. */
export function passFixture(id: string): LawReport {
  return lawReportFixture({
    id,
    verdict: "pass",
    evidence: null,
    reason: null,
    counterexample: null,
    path: null,
    exchanges: [],
    reproduce: { curl: null, command: `npx sandglass conform recoup --law ${id}`, vitest: null },
  });
}

/** A report that a test fills in. */
export function reportFixture({ end, ...report }: Partial<Report> & { readonly end?: RunEnd } = {}): Report {
  const laws = report.laws ?? [passFixture("recoup/list/read-back"), lawReportFixture()];
  return {
    requireAll: end?.requireAll ?? false,
    conclusion: concludeRun(laws, end),
    version: 1,
    contract: "recoup",
    target: "http://h.test",
    seed: 7,
    profile: "deployment",
    startedAt: "2026-01-02T00:00:00.000Z",
    durationMs: 1_500,
    laws,
    ledger: {
      created: 2,
      deleted: 1,
      verifiedGone: 1,
      counted: 3,
      leaked: [],
      madeByRefused: [],
      doubtful: [],
      unsettled: [],
      expiring: ["sbx_1"],
      unanswered: 0,
      refused: 0,
      refusals: [],
    },
    coverage: {
      operations: { createSandbox: { "200": 3, "400": 5 } },
      keywords: { createSandbox: { minLength: 2 } },
      explored: { cells: { covered: 95, of: 100 }, pairs: { covered: 49, of: 49 } },
    },
    ...report,
  };
}
