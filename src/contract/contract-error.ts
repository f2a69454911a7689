/** What can go wrong on our side or our user's. A target's faults are findings, never one of these. */
export const errorCodes = [
  "CONFIG_INVALID", // an option, flag or configuration file that cannot be used
  "SPEC_UNREADABLE", // a document that is missing, is not YAML or JSON, or is not OpenAPI 3.0 or 3.1
  "SPEC_UNSUPPORTED", // a valid document that asks for what we cannot generate
  "GENERATED_OUTDATED", // committed generated code differs from what its document gives
  "OPERATION_UNKNOWN",
  "TARGET_UNREACHABLE", // no answer from the server under test
  "TARGET_REFUSED", // it answers, but not to these credentials
  "DEADLINE_EXCEEDED", // what was waited for did not come in time
  "EXPECTATION_FAILED", // what a test expects of a mock's world is not so
  "PORT_UNAVAILABLE",
  "STATE_UNUSABLE", // a state file that is in use, damaged, of a newer version or of another program
  "PACKAGE_MISSING", // an optional peer that the user of a command or entry point installs
] as const;
/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number];

/**
 * The one error class of Sandglass. Callers match `code`; `message` is for people and says what happened, where, and
 * what to do.
 */
export class ContractError extends Error {
  /** Always `ContractError`. */
  override readonly name = "ContractError";
  /** What kind of failure it is. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What a caller gave that cannot be used. */
export function configInvalid(message: string, cause?: unknown): ContractError {
  return new ContractError("CONFIG_INVALID", message, cause === undefined ? {} : { cause });
}
