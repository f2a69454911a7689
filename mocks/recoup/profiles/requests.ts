import type { Exchange, Outcome } from "../../kit/exchange.ts";
import { bodyBeforeCredentials } from "../../kit/faults/body-order.ts";
import { readJson } from "../../kit/faults/accept-bodies.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import type { Differ } from "../../kit/profile.ts";
import { rewriteText } from "../../kit/rewrite-body.ts";
import type { Tenant } from "../../kit/world.ts";
import { readFilePath } from "../account-handlers.ts";
import { refuse } from "../answers.ts";
import type { RecoupParts } from "../parts.ts";
import { readAccountQuery } from "../sandbox-handlers.ts";

type Difference = Differ<RecoupParts>;

const keyFirst: readonly string[] = ["uploadSandboxFiles", "listTaskRuns"];

export const bodyBeforeKey: Difference = (parts) => {
  const { wrap } = bodyBeforeCredentials<RecoupParts>("recoup");
  const bodyFirst = wrap(parts, { fires: (id) => !keyFirst.includes(id), options: {}, sleep: () => Promise.resolve() });
  return {
    ...bodyFirst,
    authenticate: (exchange) => {
      const caller = bodyFirst.authenticate(exchange);
      const query = "refusal" in caller ? readQuery(exchange) : caller;
      return "refusal" in query ? query : caller;
    },
  };
};

/** What the handler of a reading operation would say of its query. */
function readQuery({ operation, request }: Exchange): Outcome<unknown> {
  if (operation.id === "listSandboxes") return readAccountQuery(request.query("account_id"));
  return operation.id === "getSandboxFile" ? readFilePath(request) : { value: undefined };
}

export const malformedIsEmpty: Difference = (parts) =>
  rewriteText(parts, ["createSandbox"], ({ body, bodyTooLarge }) =>
    !bodyTooLarge && readJson(body) === undefined ? "{}" : undefined,
  );

const badKey: readonly string[] = ["credentials-unknown", "credentials-scheme"];

export const unauthorizedSaysMessage: Difference = (parts) => ({
  ...parts,
  authenticate: (exchange) => {
    const caller = parts.authenticate(exchange);
    if (!("refusal" in caller) || !badKey.includes(caller.refusal.reason?.rule ?? "")) return caller;
    const { error, ...rest } = caller.refusal.json as Record<string, unknown>;
    return { refusal: { ...caller.refusal, json: { ...rest, message: error } } };
  },
});

export const bearerIsNoKey: Difference = (parts) => ({
  ...parts,
  authenticate: (exchange): Outcome<Tenant> => {
    const caller = parts.authenticate(exchange);
    if ("refusal" in caller || !exchange.request.header("authorization")) return caller;
    const message = "this server takes identity tokens as bearer: send the key as x-api-key";
    const { status, json, reason } = refuse(401, "", { rule: "credentials-unknown", message });
    const { error: _error, ...rest } = json as Record<string, unknown>;
    return {
      refusal: { status, json: { ...rest, message: "Failed to verify authentication token" }, reason: reason! },
    };
  },
});

const named: Readonly<Record<string, "body" | "query">> = {
  createSandbox: "body",
  updateSandboxSnapshot: "body",
  deleteSandboxes: "body",
  setupSandbox: "body",
  listSandboxes: "query",
};
const texts = {
  body: "Access denied to specified account_id",
  query: "Personal API keys cannot filter by account_id",
} as const;

export const keysReachThemselves: Difference = (parts) =>
  wrapHandlers(parts, Object.keys(named), (inner) => (call, whole) => {
    const place = named[call.operation.id]!;
    const { account_id: inBody } = (call.body ?? {}) as { account_id?: string };
    const query = readAccountQuery(call.request.query("account_id"));
    const sent = place === "body" ? inBody : "value" in query ? query.value : undefined;
    if (sent === undefined || sent.toLowerCase() === call.tenant.id) return inner(call, whole);
    const message = "a personal key acts for its own account alone";
    return refuse(403, texts[place], { rule: "account-out-of-reach", message, pointer: "/account_id" });
  });
