import type { z } from "zod";
import { ApiError } from "./api-error.ts";

/** The part of a generated schema module that answers are checked with. */
export type AnswerSchemas = Readonly<Record<string, { readonly responses: Readonly<Record<string, z.ZodType>> }>>;

/**
 * Checks the body of a successful answer against the contract.
 *
 * @param statuses - the operation's documented statuses
 * @throws {@link ApiError} `INVALID_ANSWER`, with the pointer to the first breach
 */
export function assertAnswer(
  {
    operation,
    status,
    statuses,
  }: { readonly operation: string; readonly status: number; readonly statuses: readonly string[] },
  body: unknown,
  schemas: AnswerSchemas,
): void {
  if (!statuses.includes(String(status))) {
    const message = `${status} is no documented status: ${statuses.join(", ")} are`;
    throw new ApiError("INVALID_ANSWER", message, { operation, status, pointer: "" });
  }
  const result = schemas[operation]?.responses[status]?.safeParse(body);
  if (result === undefined || result.success) return;
  const { path, message } = deepest(result.error.issues);
  const pointer = formatPointer(path);
  const text = `the answer breaks the contract at ${pointer === "" ? "its root" : pointer}: ${message}`;
  throw new ApiError("INVALID_ANSWER", text, { operation, status, pointer });
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

/** @see RFC 6901 */
function formatPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
