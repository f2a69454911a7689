import { formatPointer } from "../contract/json-pointer.ts";
import type { z } from "zod";
import { ApiError, type ApiErrorDetails } from "./api-error.ts";

/** The part of a generated schema module that answers are checked with. */
export type AnswerSchemas = Readonly<Record<string, { readonly responses: Readonly<Record<string, z.ZodType>> }>>;

/** Values beyond the contract that servers were seen to use, by the name of the member that holds them. */
export type ToleratedValues = Readonly<Record<string, readonly string[]>>;

/** What an answer is checked by. */
export type AnswerRules = {
  readonly schemas: AnswerSchemas;
  readonly statuses: readonly string[]; // the operation's documented statuses
  readonly tolerated: ToleratedValues;
};

/**
 * Checks the body of a successful answer against the contract.
 *
 * @param details - of the answer; they go into the error
 * @throws {@link ApiError} `INVALID_ANSWER`, with the pointer to the first breach
 */
export function assertAnswer(
  body: unknown,
  details: ApiErrorDetails & { readonly status: number },
  { schemas, statuses, tolerated }: AnswerRules,
): void {
  const { operation, status } = details;
  if (!statuses.includes(String(status))) {
    const message = `${status} is no documented status: ${statuses.join(", ")} are`;
    throw new ApiError("INVALID_ANSWER", message, { ...details, pointer: "" });
  }
  const result = schemas[operation]?.responses[status]?.safeParse(body);
  const breaches = (result?.error?.issues ?? []).filter(({ path }) => !isTolerated(body, path, tolerated));
  if (breaches.length === 0) return;
  const { path, message } = deepest(breaches);
  const pointer = formatPointer(path);
  const text = `the answer breaks the contract at ${pointer === "" ? "its root" : pointer}: ${message}`;
  throw new ApiError("INVALID_ANSWER", text, { ...details, pointer });
}

function isTolerated(body: unknown, path: readonly PropertyKey[], tolerated: ToleratedValues): boolean {
  const value = path.reduce<unknown>((holder, part) => (holder as Record<PropertyKey, unknown>)?.[part], body);
  return typeof value === "string" && tolerated[String(path.at(-1))]?.includes(value) === true;
}

type Issue = Pick<z.core.$ZodIssue, "path" | "message">;

/** The issue that says most: in an alternative, that of the branch which fits furthest. */
function deepest(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): Issue {
  const found = issues.map((issue): Issue => {
    const path = [...prefix, ...issue.path];
    const branches = issue.code === "invalid_union" ? issue.errors.filter((branch) => branch.length > 0) : [];
    const inner = branches.map((branch) => deepest(branch, path)).filter((one) => one.path.length > path.length);
    return inner.sort((a, b) => b.path.length - a.path.length)[0] ?? { path, message: issue.message };
  });
  return found[0] ?? { path: [...prefix], message: "invalid" };
}
