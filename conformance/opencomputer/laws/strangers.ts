import document from "../../../generated/opencomputer/openapi.json" with { type: "json" };
import { operations } from "../../../generated/opencomputer/operations.ts";
import type { Operation } from "../../../src/contract/operation.ts";
import { plainValue } from "../../kit/input/valid-value.ts";
import type { ApiCall, Credentials } from "../../kit/law/call.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { operationPointer } from "../../kit/law/operation-pointer.ts";
import { requestBodySchema } from "../../kit/law/schema.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import { Unjudged } from "../../kit/law/unjudged.ts";
import { groupOf, slugs } from "../operations.ts";
import { needs } from "../precondition.ts";

/** Prints a word: a caller that has it printed was let in. */
const printing = { cmd: "echo", args: ["stranger"] };
const ownBodies: Readonly<Record<string, JsonObject>> = {
  runCommand: printing,
  startCommand: printing,
  createExecSession: printing,
};

/**
 * The operations that have no laws of their own about keys, by what they are about. An address that is signed needs no key, and a
 * fork is a create.
 */
const others = Map.groupBy(
  Object.values<Operation>(operations).filter(
    ({ id, security }) => !(id in slugs) && security.length > 0 && id !== "forkCheckpoint",
  ),
  groupOf,
);
/** By the first of them a target is known to have such operations; what else it lacks is passed over. */
const groups = {
  inside: { first: "runCommand", what: "in a sandbox" },
  record: { first: "listSecretStores", what: "with webhooks and secret stores" },
  account: { first: "whoami", what: "with what else an account has" },
} as const;

/** What is done in a sandbox, to its machine, and with what is kept beside it, is done for no stranger. */
export const strangers: readonly Law[] = [...others].flatMap(([group, judged]) => {
  const { first, what } = groups[group];
  // What only reads comes before the rest, so that a server that lets all in is found out by what changes nothing.
  const rank = ({ id, method }: Operation) => (id === first ? 2 : Number(method === "get"));
  const inOrder = judged.toSorted((one, other) => rank(other) - rank(one));
  const law = (
    rule: string,
    by: string,
    {
      asked,
      credentialsOf,
    }: { readonly asked: readonly Operation[]; readonly credentialsOf: (run: LawRun) => Credentials },
  ): Law => ({
    id: `opencomputer/${group}/${rule}`,
    requirement: "MUST",
    statement: `do nothing ${what} for a caller ${by}`,
    source: operationPointer(operations[first], "responses", "401"),
    operations: [first],
    needs: ["memory"],
    sandboxes: { ...noSandboxes, shared: group === "inside" ? 1 : 0 },
    check: async (run) => {
      const sandbox = group === "inside" ? await run.sharedSandbox() : "";
      const ask = (operation: Operation) => async () => {
        const call = { ...plainCall(operation, sandbox, run), credentials: credentialsOf(run) };
        return run.send(call).catch(undefinedIfNotSent);
      };
      const reading = asked.filter(({ method }) => method === "get");
      let refused = 0;
      for (const some of [reading, asked.filter((operation) => !reading.includes(operation))]) {
        const answers = (await run.beside(some.map(ask))).filter((exchange) => exchange !== undefined);
        const exchange = answers.find(isSuccess);
        if (exchange !== undefined)
          return { reason: `${exchange.operation} ${by} was answered ${exchange.response.status}`, exchange };
        refused += answers.filter(({ response }) => [401, 403].includes(response.status)).length;
      }
      needs(refused > 0, "an operation that asks for a key");
      return undefined;
    },
  });
  const ofEachTag = [...Map.groupBy(inOrder, ({ tags }) => tags.join()).values()].map(([one]) => one!);
  return [
    law("credentials-none", "without a key", { asked: inOrder, credentialsOf: () => "none" }),
    law("unknown-key", "with an unknown key", {
      asked: ofEachTag,
      credentialsOf: (run) => ({ key: run.unknownKey() }),
    }),
  ];
});

/** A command that the user does not name as harmless is not sent. */
function undefinedIfNotSent(error: unknown): undefined {
  if (error instanceof Unjudged && error.skipCause === "profile") return undefined;
  throw error;
}

/** A request of the operation about this sandbox and about nothing else that there is. */
function plainCall(operation: Operation, sandbox: string, run: LawRun): ApiCall {
  const known: Readonly<Record<string, string>> = { id: sandbox, path: "/workspace/stranger" };
  const fill = (place: "path" | "query") => {
    const names = operation.parameters.filter(({ required, in: where }) => required && where === place);
    return Object.fromEntries(names.map(({ name }) => [name, known[name] ?? run.absentId()]));
  };
  const body = requestBodySchema(document, operation);
  return {
    operation: operation.id,
    path: fill("path"),
    query: { ...fill("query"), ...(operation.path.endsWith("/logs") && { tail: "false" }) }, // else they go on for good
    ...(body && { json: ownBodies[operation.id] ?? plainValue(document, body.schema) }),
  };
}
