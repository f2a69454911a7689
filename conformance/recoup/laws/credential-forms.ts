import type { Breach } from "../../kit/law/case.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import { nearMissLaw } from "../../kit/law/families/near-miss.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { ApiCall, WriteCredentials } from "../../kit/law/call.ts";
import type { OperationId } from "../../../generated/recoup/operations.ts";
import { pointer, sentOperations } from "../operations.ts";

type Sent = { readonly slug: string; readonly call: Omit<ApiCall, "operation" | "credentials"> };

const inHeader: WriteCredentials = (key) => ({ "x-api-key": key });
const asBearer: WriteCredentials = (key) => ({ authorization: `Bearer ${key}` });

const wrong = "wrong-credential-0123456789";
const twoAtOnce: Readonly<Record<string, WriteCredentials>> = {
  "a right key and a wrong token": (key) => ({ ...inHeader(key), ...asBearer(wrong) }),
  "a wrong key and a right token": (key) => ({ ...inHeader(wrong), ...asBearer(key) }),
  "a right key and a right token": (key) => ({ ...inHeader(key), ...asBearer(key) }),
};

const otherSchemes: Readonly<Record<string, WriteCredentials>> = {
  "with the scheme Basic": (key) => ({ authorization: `Basic ${key}` }),
  "without a scheme": (key) => ({ authorization: key }),
};

/** Requests that break a rule besides: an answer to them without a key must not tell of it. */
const brokenCalls: Readonly<Record<keyof typeof sentOperations, Sent["call"]>> = {
  createSandbox: { json: { command: 7 } },
  listSandboxes: { query: { account_id: "me" } },
  getSandboxFile: {},
  listTaskRuns: { query: { limit: "0" } },
  getAccountId: { query: { account_id: "me" } }, // which it does not read
  updateSandboxSnapshot: { json: { snapshotId: 7 } },
  deleteSandboxes: { json: { account_id: "me" } },
  setupSandbox: { json: { account_id: "me" } },
  uploadSandboxFiles: { json: { files: [] } },
};

/**
 * How credentials are carried, and that they come first. All guard a tenant's sandboxes, so they are MUST, but for the order:
 * servers were seen to judge a body before the caller.
 */
export const credentialForms: readonly Law[] = [
  ...(Object.entries(sentOperations) as [keyof typeof brokenCalls, Sent][]).flatMap(
    ([operation, { slug, call }]): readonly Law[] => [
      nearMissLaw({
        prefix: `recoup/${slug}`,
        operation,
        requirement: "MUST",
        source: pointer(operation, "responses", "401"),
        forms: [inHeader, asBearer],
        call: () => Promise.resolve(call),
      }),
      {
        ...guard(operation),
        id: `recoup/${slug}/credentials-both`,
        statement: `answer ${operation} with two credentials at once with 401`,
        source: "#/x-credentials/exactlyOneOf",
        check: (run) => judgeForms(run, { operation, call, forms: twoAtOnce }),
      },
      {
        ...guard(operation),
        id: `recoup/${slug}/credentials-first`,
        requirement: "SHOULD",
        statement: `answer ${operation} without a key with 401, whatever else is wrong with the request`,
        source: "#/x-check-order/order",
        check: (run) =>
          judgeForms(run, {
            operation,
            call: brokenCalls[operation],
            forms: { "and broken, without a key": () => ({}) },
          }),
      },
    ],
  ),
  {
    ...guard("listSandboxes"),
    id: "recoup/list/bearer-accepted",
    requirement: "SHOULD", // some servers take access tokens only there
    statement: "accept a key as a bearer token",
    source: "#/components/securitySchemes/BearerAuth",
    check: async (run) => {
      for (const form of [asBearer, (key: string) => ({ authorization: `bearer ${key}` })]) {
        const exchange = await run.send({ operation: "listSandboxes", credentials: form });
        const { status } = exchange.response;
        if (!isSuccess(exchange)) return { reason: `the right key as a bearer token was answered ${status}`, exchange };
      }
      return undefined;
    },
  },
  {
    ...guard("listSandboxes"),
    id: "recoup/list/other-schemes",
    statement: "answer an Authorization header that is no bearer token with 401",
    source: "#/components/securitySchemes/BearerAuth/scheme",
    check: (run) => judgeForms(run, { operation: "listSandboxes", call: {}, forms: otherSchemes }),
  },
];

function guard(operation: OperationId): Pick<Law, "requirement" | "operations" | "needs" | "sandboxes"> {
  return { requirement: "MUST", operations: [operation], needs: [], sandboxes: noSandboxes };
}

async function judgeForms(
  run: LawRun,
  {
    operation,
    call,
    forms,
  }: {
    readonly operation: OperationId;
    readonly call: Sent["call"];
    readonly forms: Readonly<Record<string, WriteCredentials>>;
  },
): Promise<Breach | undefined> {
  for (const [what, credentials] of Object.entries(forms)) {
    const exchange = await run.send({ ...call, operation, credentials });
    const { status } = exchange.response;
    if (status !== 401) return { reason: `${operation} ${what} was answered ${status}, not 401`, exchange };
  }
  return undefined;
}
