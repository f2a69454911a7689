/** The innermost cause in one line: "connect ECONNREFUSED 127.0.0.1:4020". */
export function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "it took too long";
  const inner = error instanceof AggregateError ? (error.errors as unknown[])[0] : error.cause;
  if (inner instanceof Error) return causeText(inner);
  const { code } = error as { code?: unknown };
  return error.message !== "" ? error.message : typeof code === "string" ? code : error.name;
}
