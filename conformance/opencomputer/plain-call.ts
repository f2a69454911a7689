import document from "../../generated/opencomputer/openapi.json" with { type: "json" };
import type { Operation } from "../../src/contract/operation.ts";
import { plainValue } from "../kit/input/valid-value.ts";
import type { ApiCall } from "../kit/law/call.ts";
import type { LawRun } from "../kit/law/law-run.ts";
import { requestBodySchema } from "../kit/law/schema.ts";
import { Unjudged } from "../kit/law/unjudged.ts";

/** What requests are about, by the names of their parameters. */
export type Named = Readonly<Record<string, string>>;

/** The plainest body of the operation; undefined where it has none. */
export function plainBody(operation: Operation): unknown {
  const body = requestBodySchema(document, operation);
  return body && plainValue(document, body.schema);
}

/** A request of the operation about what it names, and else about what there is not. */
export function plainCall(operation: Operation, named: Named, run: LawRun): Omit<ApiCall, "operation"> {
  const known: Named = { ...named, path: "/workspace/stranger", groupBy: "sandbox" };
  const fill = (place: "path" | "query") => {
    const names = operation.parameters.filter(({ required, in: where }) => required && where === place);
    return Object.fromEntries(names.map(({ name }) => [name, known[name] ?? run.absentId()]));
  };
  const json = plainBody(operation);
  return {
    path: fill("path"),
    query: { ...fill("query"), ...(operation.path.endsWith("/logs") && { tail: "false" }) }, // else they go on for good
    ...(json !== undefined && { json }),
  };
}

/** A command that the user does not name as harmless is not sent. */
export function undefinedIfNotSent(error: unknown): undefined {
  if (error instanceof Unjudged && error.skipCause === "profile") return undefined;
  throw error;
}
