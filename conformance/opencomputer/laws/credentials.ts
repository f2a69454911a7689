import { credentialsLaws, nearMissLaw, refusalShapeLaw } from "../../kit/law/families/credentials.ts";
import { unauthorizedLaw } from "../../kit/law/families/credentials.ts";
import type { KeyedOperation, WrongCall } from "../../kit/law/families/credentials.ts";
import type { WriteCredentials } from "../../kit/law/call.ts";
import { lookalike } from "../../kit/input/near-miss.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { OperationId } from "../operations.ts";
import { operationIds, pointer, slugs, takesBody, takesSandbox, validCall } from "../operations.ts";

/**
 * No operation acts for a stranger. The public pages say 401 for a missing and for an unknown key; since the answer guards
 * a tenant's sandboxes and money, all of these are MUST.
 */
export const credentials: readonly Law[] = operationIds.flatMap((operation) => [
  ...credentialsLaws(keyed(operation)),
  nearMissLaw(keyed(operation), [(key) => ({ "x-api-key": key })]),
  unauthorizedLaw({
    ...keyed(operation),
    rule: "credentials-query",
    statement: `take no key from the query of ${operation}: it is answered with 401`,
    wrong: async (run) => {
      const key = lookalike(await ownKey(run), run.unknownKey());
      return ["api_key", "key", "apiKey", "x-api-key"].map((name) => ({
        what: `with a key in the query as ${name}`,
        credentials: "none" as const,
        query: { [name]: key },
      }));
    },
  }),
  unauthorizedLaw({
    ...keyed(operation),
    rule: "credentials-elsewhere",
    statement: `take the key of ${operation} from X-API-Key alone: in another header, or beside a wrong one, it is answered with 401`,
    wrong: (run) => keysElsewhere(run.unknownKey()),
  }),
  unauthorizedLaw({
    ...keyed(operation),
    rule: "credentials-first",
    statement: `judge the key of ${operation} before anything else in the request`,
    wrong: (run) => brokenCalls(operation, run),
  }),
  refusalShapeLaw({ ...keyed(operation), requirement: "SHOULD" }),
]);

/**
 * A right key in headers that are not the one for it, beside none and beside a wrong one.
 *
 * @param wrongKey - one that no server knows
 */
export function keysElsewhere(wrongKey: string): readonly WrongCall[] {
  const places: readonly (readonly [what: string, write: WriteCredentials])[] = [
    ["a right key as a bearer token", (key) => ({ authorization: `Bearer ${key}` })],
    ["a right key in Authorization", (key) => ({ authorization: key })],
    ["a right key in a cookie", (key) => ({ cookie: `api_key=${key}; x-api-key=${key}` })],
  ];
  return places.flatMap(([what, write]) => [
    { what: `with no key and ${what}`, credentials: write, refusable: true },
    {
      what: `with an unknown key and ${what}`,
      credentials: (key: string) => ({ ...write(key), "x-api-key": wrongKey }),
      refusable: true,
    },
  ]);
}

/** An operation with a valid request, as laws about keys have it. */
function keyed(operation: OperationId): KeyedOperation {
  return {
    prefix: `opencomputer/${slugs[operation]}`,
    operation,
    requirement: "MUST",
    source: pointer(operation, "responses", "401"),
    sandboxes: takesSandbox(operation) ? { ...noSandboxes, shared: 1 } : noSandboxes,
    call: async (run) => validCall(operation, takesSandbox(operation) ? await run.sharedSandbox() : ""),
  };
}

/** What the server would refuse for another reason, if it looked before it asked who calls. */
function brokenCalls(operation: OperationId, run: LawRun): readonly WrongCall[] {
  const paths = takesSandbox(operation)
    ? [{ what: "with no key, for a sandbox that never was", path: { id: run.absentId(), port: "no-port" } }]
    : [];
  const bodies = takesBody(operation)
    ? [
        { what: "with no key and a body that is not JSON", text: '{"' },
        { what: "with no key and a body that is a list", json: [0] },
        { what: "with no key and a timeout of -1", json: { timeout: -1, port: 0, "": "" } },
      ]
    : [];
  const calls = [...paths, ...bodies];
  return (calls.length === 0 ? [{ what: "with no key" }] : calls).map((call) => ({
    ...call,
    credentials: "none" as const,
  }));
}

/** The key that the run acts with, as it is sent. */
async function ownKey(run: LawRun): Promise<string> {
  const { request } = await run.send({ operation: "listSandboxes" });
  return request.headers[run.contract.keyHeader] ?? "";
}
