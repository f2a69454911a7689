import { credentialsLaws } from "../../kit/law/families/credentials.ts";
import { errorShapeLaw } from "../../kit/law/families/error-shape.ts";
import { lookalike } from "../../kit/input/near-miss.ts";
import { nearMissLaw } from "../../kit/law/families/near-miss.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { ApiCall } from "../../kit/law/call.ts";
import type { OperationId } from "../operations.ts";
import { operationIds, pointer, slugs, takesBody, takesSandbox, validCall } from "../operations.ts";

/**
 * No operation acts for a stranger. The public pages say 401 for a missing and for an unknown key; since the answer guards
 * a tenant's sandboxes and money, all of these are MUST.
 */
export const credentials: readonly Law[] = operationIds.flatMap((operation) => [
  ...credentialsLaws({
    prefix: `opencomputer/${slugs[operation]}`,
    operation,
    requirement: "MUST",
    source: pointer(operation, "responses", "401"),
    sandboxes: sandboxesOf(operation),
    call: (run) => callOf(run, operation),
  }),
  {
    ...nearMissLaw({
      prefix: `opencomputer/${slugs[operation]}`,
      operation,
      requirement: "MUST",
      source: pointer(operation, "responses", "401"),
      forms: [(key) => ({ "x-api-key": key })],
      call: (run) => callOf(run, operation),
    }),
    sandboxes: sandboxesOf(operation),
  },
  keyLaw({
    operation,
    rule: "credentials-query",
    statement: `take no key from the query of ${operation}: it is answered with 401`,
    callsWith: async (run) => {
      const key = lookalike(await ownKey(run), run.unknownKey());
      return ["api_key", "key", "apiKey", "x-api-key"].map((name) => ({
        what: `a key in the query as ${name}`,
        credentials: "none" as const,
        query: { [name]: key },
      }));
    },
  }),
  keyLaw({
    operation,
    rule: "credentials-first",
    statement: `judge the key of ${operation} before anything else in the request`,
    callsWith: (run) => Promise.resolve(brokenCalls(operation, run)),
  }),
  errorShapeLaw({
    id: `opencomputer/${slugs[operation]}/refusal-shape`,
    operation,
    requirement: "SHOULD",
    statement: `answer ${operation} to a stranger with a documented status and error body`,
    source: pointer(operation, "responses", "401"),
    sandboxes: sandboxesOf(operation),
    calls: async (run) => {
      const call = await callOf(run, operation);
      return [
        { ...call, credentials: "none" },
        { ...call, credentials: { key: "" } },
        { ...call, credentials: { key: run.unknownKey() } },
      ];
    },
  }),
]);

function sandboxesOf(operation: OperationId): Law["sandboxes"] {
  return takesSandbox(operation) ? { ...noSandboxes, shared: 1 } : noSandboxes;
}

async function callOf(run: LawRun, operation: OperationId) {
  return validCall(operation, takesSandbox(operation) ? await run.sharedSandbox() : "");
}

type WrongCall = Omit<ApiCall, "operation"> & { readonly what: string };

/** One law about requests of an operation that all lack the right key. */
function keyLaw({
  operation,
  rule,
  statement,
  callsWith,
}: {
  readonly operation: OperationId;
  readonly rule: string;
  readonly statement: string;
  readonly callsWith: (run: LawRun) => Promise<readonly WrongCall[]>;
}): Law {
  return {
    id: `opencomputer/${slugs[operation]}/${rule}`,
    requirement: "MUST",
    statement,
    source: pointer(operation, "responses", "401"),
    operations: [operation],
    needs: ["memory"],
    sandboxes: sandboxesOf(operation),
    check: async (run) => {
      const valid = await callOf(run, operation);
      for (const { what, ...wrong } of await callsWith(run)) {
        const exchange = await run.send({ ...valid, ...wrong, operation });
        const { status } = exchange.response;
        if (status !== 401) return { reason: `${operation} with ${what} was answered ${status}, not 401`, exchange };
      }
      return undefined;
    },
  };
}

/** What the server would refuse for another reason, if it looked before it asked who calls. */
function brokenCalls(operation: OperationId, run: LawRun): readonly WrongCall[] {
  const paths = takesSandbox(operation)
    ? [{ what: "no key, for a sandbox that never was", path: { id: run.absentId(), port: "no-port" } }]
    : [];
  const bodies = takesBody(operation)
    ? [
        { what: "no key and a body that is not JSON", text: '{"' },
        { what: "no key and a body that is a list", json: [0] },
        { what: "no key and a timeout of -1", json: { timeout: -1, port: 0, "": "" } },
      ]
    : [];
  const calls = [...paths, ...bodies];
  return (calls.length === 0 ? [{ what: "no key" }] : calls).map((call) => ({ ...call, credentials: "none" as const }));
}

/** The key that the run acts with, as it is sent. */
async function ownKey(run: LawRun): Promise<string> {
  const { request } = await run.send({ operation: "listSandboxes" });
  return request.headers[run.contract.keyHeader] ?? "";
}
