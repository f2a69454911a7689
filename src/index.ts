/** Typed clients of both APIs, and what their contracts say, as data. */
export { operations as openComputerOperations } from "../generated/opencomputer/operations.ts";
export { operations as recoupOperations } from "../generated/recoup/operations.ts";
export {
  ApiError,
  apiErrorCodes,
  type ApiErrorCode,
  type ApiErrorDetails,
  type VendorDetails,
} from "./client/api-error.ts";
export type { CallOptions, ClientOptions, Fetch, RetryOptions } from "./client/client-options.ts";
export {
  finalRecoupRunStatuses,
  type CommandFailure,
  type CommandOutput,
  type CommandResult,
  type CommandSnapshot,
  type FinalTaskRunStatus,
} from "./client/command-run.ts";
export {
  createOpenComputerClient,
  finalOpenComputerStatuses,
  type OpenComputerClient,
  type OpenComputerClientOptions,
} from "./client/opencomputer-client.ts";
export type * from "./client/opencomputer-types.ts";
export type { PreviewInit, PreviewTarget } from "./client/preview-fetch.ts";
export {
  createRecoupClient,
  finalRecoupSandboxStatuses,
  type RecoupClient,
  type RecoupClientOptions,
  type RecoupWaitOptions,
  type TaskRunWaitOptions,
} from "./client/recoup-client.ts";
export type * from "./client/recoup-types.ts";
export { openComputerRepeatable, recoupRepeatable } from "./client/repeatable.ts";
export type { WaitOptions } from "./client/waiting.ts";
export {
  createManualClock,
  systemClock,
  systemSleep,
  type Clock,
  type ManualClock,
  type Sleep,
} from "./contract/clock.ts";
export { ContractError, errorCodes, type ErrorCode } from "./contract/contract-error.ts";
export type { Evidence, HttpMethod, Operation, OperationParameter, ParameterPlace } from "./contract/operation.ts";
