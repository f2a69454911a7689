import { errorShapeLaw } from "../../kit/law/families/error-shape.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { OperationId } from "../../../generated/recoup/operations.ts";
import { pointer } from "../operations.ts";

type Query = Readonly<Record<string, string>>;
type Rule = Pick<Law, "id" | "requirement" | "statement" | "source"> & {
  readonly operation: OperationId;
  readonly queries: readonly Query[];
};

const notUuids: readonly Query[] = ["me", "550e8400-e29b-41d4-a716-44665544000g"].map((account_id) => ({ account_id }));

const rules: readonly Rule[] = [
  {
    id: "recoup/list/broken-account-id",
    operation: "listSandboxes",
    requirement: "MAY", // that this is a 400 was seen, and stands nowhere
    statement: "refuse a list for an account_id that is no UUID with 400",
    source: pointer("listSandboxes", "responses", "400"),
    queries: notUuids,
  },
  {
    id: "recoup/list-runs/broken-account-id",
    operation: "listTaskRuns",
    requirement: "SHOULD",
    statement: "refuse a list of runs for an account_id that is no UUID with 400",
    source: pointer("listTaskRuns", "parameters", "2"),
    queries: notUuids,
  },
  {
    id: "recoup/list-runs/broken-limit",
    operation: "listTaskRuns",
    requirement: "SHOULD",
    statement: "refuse a list of runs with a limit that is no whole number from 1 to 100 with 400",
    source: pointer("listTaskRuns", "parameters", "1"),
    queries: ["0", "101", "-1", "1.5", "many"].map((limit) => ({ limit })),
  },
  {
    id: "recoup/get-file/path-required",
    operation: "getSandboxFile",
    requirement: "SHOULD",
    statement: "refuse the reading of a file without a path with 400",
    source: pointer("getSandboxFile", "parameters", "0"),
    queries: [{}],
  },
];

/** Requests of each operation that a server has reason to refuse, for another reason than the key. */
const refused: readonly {
  readonly slug: string;
  readonly operation: OperationId;
  readonly queries: readonly Query[];
}[] = [
  { slug: "list", operation: "listSandboxes", queries: notUuids },
  {
    slug: "list-runs",
    operation: "listTaskRuns",
    queries: [{ limit: "0" }, { runId: "run_00000000000000000000" }, ...notUuids],
  },
  { slug: "get-file", operation: "getSandboxFile", queries: [{}, { path: "no/such/file" }] },
];

/** Queries that break a rule are refused, and every refusal says why in the documented form. */
export const brokenQueries: readonly Law[] = [
  ...rules.map(({ operation, queries, ...rule }): Law => ({
    ...rule,
    operations: [operation],
    needs: [],
    sandboxes: noSandboxes,
    check: async (run) => {
      for (const query of queries) {
        const exchange = await run.send({ operation, query });
        const { status } = exchange.response;
        if (status === 400) continue;
        const reason = `the query ${JSON.stringify(query)} was answered ${status}, not 400`;
        return { reason, exchange, counterexample: query };
      }
      return undefined;
    },
  })),
  errorShapeLaw({
    id: "recoup/create/error-shape",
    operation: "createSandbox",
    requirement: "MUST",
    statement: "say why it refuses a create in JSON, with the member error",
    source: pointer("createSandbox", "responses", "400"),
    sandboxes: noSandboxes,
    calls: () =>
      Promise.resolve([
        { json: { command: "" } },
        { json: { account_id: "me" } },
        { json: [] },
        { json: { command: "true", prompt: "Say nothing." } },
      ]),
  }),
  ...refused.map(({ slug, operation, queries }) =>
    errorShapeLaw({
      id: `recoup/${slug}/error-shape`,
      operation,
      requirement: "SHOULD",
      statement: `say why it refuses ${operation} in JSON, with the member error`,
      source: pointer(operation, "responses", "400"),
      sandboxes: noSandboxes,
      calls: () => Promise.resolve(queries.map((query) => ({ query }))),
    }),
  ),
];
