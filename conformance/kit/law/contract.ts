import { ContractError } from "../../../src/contract/contract-error.ts";
import type { Operation } from "../../../src/contract/operation.ts";
import type { Exchange } from "./exchange.ts";
import type { JsonObject } from "./schema.ts";

/** A compiled ajv validator, as far as laws use one. */
export type BodyValidator = ((value: unknown) => boolean) & {
  errors?: readonly ValidationError[] | null;
};

export type ValidationError = {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string;
  readonly params?: unknown;
};

/** One API as specified, with what a run has to know to act on it without doing harm. */
export type RunContract = {
  readonly name: string; // its folder name on every side: "opencomputer"
  /** The effective OpenAPI 3.1 document. Requests are generated from its schemas. */
  readonly document: JsonObject;
  readonly operations: readonly Operation[];
  /** Validators by operationId. */
  readonly requestBodies: Readonly<Record<string, BodyValidator>>;
  /** Validators by operationId, then by status key of the document. */
  readonly responseBodies: Readonly<Record<string, Readonly<Record<string, BodyValidator>>>>;
  /** The request header that carries the key. */
  readonly keyHeader: string;
  /** Operations that a run may send, by how much it may do; everything else is refused before it is sent. */
  readonly profiles: Readonly<Record<ProfileName, readonly string[]>>;
  /** The programs that calls run. */
  readonly programs: {
    /** Those of one call, by their names; one that may do anything is told by what no list has. */
    readonly of: (call: ProgramCall) => readonly string[];
    /** Those that a run in the profile `deployment` may ask for, where a target's owner names no others. */
    readonly harmless: readonly string[];
  };
  /**
   * Operations that change something and may be sent again where their answer got lost, since doing them twice leaves
   * everything as doing them once, and no other operation but reading. With each, the statuses that it is answered with
   * only because it was done before: such an answer may speak of any of the attempts.
   */
  readonly repeatable: Readonly<Record<string, readonly number[]>>;
  /** Operations beyond the seed, which a target may lack. */
  readonly companions: readonly string[];
  /** Where previews are. Absent where a contract has none. */
  readonly previews?: {
    readonly template: string; // of their host names: "{id}-p{port}.{domain}"
    /** The domain that an answer names for the previews of a sandbox; undefined where it names none. */
    readonly domainIn: (exchange: Exchange) => string | undefined;
  };
  /** A harmless read that shows whether the target answers and takes the key. */
  readonly probeOperation: string;
  readonly create: {
    readonly operation: string;
    /** Operations that make a sandbox of something else, and answer as this one does. Default: none. */
    readonly others?: readonly string[];
    /** The body for a sandbox that laws share: as short-lived as a run allows. */
    readonly body: JsonObject;
    /** Every sandbox id in a 2xx answer, however odd the answer. */
    readonly idsIn: (exchange: Exchange) => readonly string[];
    /** The members of a body that ask for this timeout, in seconds; none where the contract has no such wish. */
    readonly shortest: (timeoutS: number) => JsonObject;
    /** Whether an answer that looks like a success says that nothing was made. Default: none does. */
    readonly isRefusal?: (exchange: Exchange) => boolean;
    /** The most sandboxes that may run at once, where an answer refuses a create for that and names the number. */
    readonly quotaIn?: (exchange: Exchange) => number | undefined;
    /** The laws that a target breaks which makes sandboxes of creates that it refuses. Default: none. */
    readonly strayLaws?: readonly string[];
  };
  /** What an account has, to find a sandbox whose creation was not answered any more. */
  readonly list: {
    readonly operation: string;
    /** Operations that list something else. Default: none. */
    readonly others?: readonly string[];
    /** What a list shows; undefined where the answer is none. */
    readonly entriesIn: (exchange: Exchange) => readonly ListedSandbox[] | undefined;
  };
  /** How sandboxes end: by an operation of the contract, or only by their own timeout. */
  readonly reap: Reap;
  /** Names of response fields whose values are secrets. */
  readonly secretFields: readonly string[];
  /** Whether a text has the form of a sandbox id. Nothing else is owned, sent, or put into a host name. */
  readonly isId: (text: string) => boolean;
  /** An id of the right form that no server has handed out, made of `hex`: 16 hexadecimal digits. */
  readonly absentId: (hex: string) => string;
};

/** What tells which programs a call runs. */
export type ProgramCall = { readonly operation: string; readonly json?: unknown };

/** A sandbox as an account's list shows it. */
export type ListedSandbox = {
  readonly id: string;
  readonly startedAtMs: number; // milliseconds since the Unix epoch, by the target's clock; NaN where it is not told
  readonly isAlive: boolean;
};

/** How a sandbox is ended: by an operation, or by nothing but its own timeout. */
type Reap =
  | {
      readonly by: "delete";
      readonly operation: string;
      /** Reads one sandbox back, to see that it is gone. */
      readonly look: { readonly operation: string; readonly isGone: (exchange: Exchange) => boolean };
      /** Operations by which a target that has agreed to end a sandbox may start it again. Default: none. */
      readonly revivals?: readonly string[];
    }
  | { readonly by: "expiry" };

/**
 * How much a run may do. `core`: the seeds' operations, what ends a sandbox, and the list to count by; `deployment`: what is safe on a
 * deployment that others use; `full`: every operation, for servers of one's own.
 */
export const profileNames = ["core", "deployment", "full"] as const;
/** One of {@link profileNames}. */
export type ProfileName = (typeof profileNames)[number];
/** The one of a run that names none. */
export const usualProfile: ProfileName = "deployment";

/** @throws {@link ContractError} `OPERATION_UNKNOWN` where the contract has none of this name */
export function findOperation(contract: Pick<RunContract, "name" | "operations">, id: string): Operation {
  const operation = contract.operations.find((candidate) => candidate.id === id);
  if (operation !== undefined) return operation;
  throw new ContractError("OPERATION_UNKNOWN", `the ${contract.name} contract has no operation "${id}"`);
}
