import { isSuccess } from "../../kit/law/exchange.ts";
import { nearMissLaw, unauthorizedLaw } from "../../kit/law/families/credentials.ts";
import type { KeyedOperation, WrongCall } from "../../kit/law/families/credentials.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { WriteCredentials } from "../../kit/law/call.ts";
import type { OperationId } from "../../../generated/recoup/operations.ts";
import { keyed } from "./credentials.ts";

const inHeader: WriteCredentials = (key) => ({ "x-api-key": key });
const asBearer: WriteCredentials = (key) => ({ authorization: `Bearer ${key}` });

const wrong = "wrong-credential-0123456789";
const twoAtOnce: readonly WrongCall[] = [
  { what: "a right key and a wrong token", credentials: (key) => ({ ...inHeader(key), ...asBearer(wrong) }) },
  { what: "a wrong key and a right token", credentials: (key) => ({ ...inHeader(wrong), ...asBearer(key) }) },
  { what: "a right key and a right token", credentials: (key) => ({ ...inHeader(key), ...asBearer(key) }) },
];

const otherSchemes: readonly WrongCall[] = [
  { what: "with the scheme Basic", credentials: (key) => ({ authorization: `Basic ${key}` }) },
  { what: "without a scheme", credentials: (key) => ({ authorization: key }) },
];

/** Requests that break a rule besides: an answer to them without a key must not tell of it. */
const brokenCalls: Readonly<Record<OperationId, Awaited<ReturnType<KeyedOperation["call"]>>>> = {
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
  ...(Object.keys(brokenCalls) as OperationId[]).flatMap((operation): readonly Law[] => [
    nearMissLaw(keyed(operation), [inHeader, asBearer]),
    unauthorizedLaw({
      ...keyed(operation),
      rule: "credentials-both",
      statement: `answer ${operation} with two credentials at once with 401`,
      source: "#/x-credentials/exactlyOneOf",
      needs: [],
      wrong: () => twoAtOnce,
    }),
    unauthorizedLaw({
      ...keyed(operation),
      rule: "credentials-first",
      requirement: "SHOULD",
      statement: `answer ${operation} without a key with 401, whatever else is wrong with the request`,
      source: "#/x-check-order/order",
      needs: [],
      call: () => Promise.resolve(brokenCalls[operation]),
      wrong: () => [{ what: "and broken, without a key", credentials: () => ({}) }],
    }),
  ]),
  {
    id: "recoup/list/bearer-accepted",
    requirement: "SHOULD", // some servers take access tokens only there
    statement: "accept a key as a bearer token",
    source: "#/components/securitySchemes/BearerAuth",
    operations: ["listSandboxes"],
    needs: [],
    sandboxes: noSandboxes,
    check: async (run) => {
      for (const form of [asBearer, (key: string) => ({ authorization: `bearer ${key}` })]) {
        const exchange = await run.send({ operation: "listSandboxes", credentials: form });
        const { status } = exchange.response;
        if (!isSuccess(exchange)) return { reason: `the right key as a bearer token was answered ${status}`, exchange };
      }
      return undefined;
    },
  },
  unauthorizedLaw({
    ...keyed("listSandboxes"),
    rule: "other-schemes",
    statement: "answer an Authorization header that is no bearer token with 401",
    source: "#/components/securitySchemes/BearerAuth/scheme",
    needs: [],
    wrong: () => otherSchemes,
  }),
];
