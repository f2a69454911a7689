/** Replaces what is secret in a text. */
export type Redact = (text: string) => string;

/** Shorter texts guard nothing, and replacing them would spoil every message that happens to contain them. */
const secretLengthMin = 8;
const causesMax = 5;

/**
 * Creates a function that masks `secrets` wherever they occur, plain or as JSON and headers write them.
 *
 * @param secrets - keys and tokens; those under 8 characters are left alone
 */
export function createRedact(secrets: readonly (string | undefined)[]): Redact {
  const forms = secrets
    .filter((secret) => secret !== undefined && secret.length >= secretLengthMin)
    .flatMap((secret) => formsOf(secret as string))
    .sort((one, other) => other.length - one.length); // one that begins with another would leave its end
  return (text) => forms.reduce((masked, form) => masked.replaceAll(form, "[hidden]"), text);
}

function formsOf(secret: string): readonly string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), Buffer.from(secret, "utf8").toString("latin1")];
}

/**
 * Copies an error and its causes, five deep, keeping names, messages and codes only. Errors of HTTP libraries carry whole
 * requests, headers included, and would take the credential along.
 */
export function copyWithoutSecrets(error: unknown, redact: Redact, depth = 1): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error)));
  // Node tries every address of a name and reports the lot with an empty message: the first says enough.
  const source: unknown = error instanceof AggregateError && error.message === "" ? (error.errors[0] ?? error) : error;
  const { name, message, cause } = source as Error;
  const code = (source as { code?: unknown }).code;
  const inner = cause === undefined || depth === causesMax ? undefined : copyWithoutSecrets(cause, redact, depth + 1);
  const copy = new Error(redact(message), inner && { cause: inner });
  copy.name = name;
  copy.stack = `${name}: ${copy.message}`; // where it was copied is of no use
  return typeof code === "string" ? Object.assign(copy, { code }) : copy;
}

/** The first code in a chain of causes, such as `ECONNREFUSED`. */
export function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return code;
  return error.cause instanceof Error ? codeOf(error.cause) : undefined;
}

/** The innermost cause: libraries wrap what happened in words such as "fetch failed". */
export function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}
