import type { Operation } from "../../src/contract/operation.ts";
import type { Exchange } from "./exchange.ts";
import type { Law } from "./law.ts";
import type { JsonObject } from "./schema.ts";

/** A compiled ajv validator, as far as laws use one. */
export type Validate = ((value: unknown) => boolean) & {
  errors?: readonly ValidationError[] | null;
};

export type ValidationError = {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string;
  readonly params?: unknown;
};

/** One API as specified, with what a run has to know to act on it without doing harm. */
export type Contract = {
  readonly name: string; // its folder name on every side: "opencomputer"
  /** The effective OpenAPI 3.1 document. Requests are generated from its schemas. */
  readonly document: JsonObject;
  readonly operations: readonly Operation[];
  /** Validators by operationId. */
  readonly requestBodies: Readonly<Record<string, Validate>>;
  /** Validators by operationId, then by status key of the document. */
  readonly responseBodies: Readonly<Record<string, Readonly<Record<string, Validate>>>>;
  /** The request header that carries the key. */
  readonly keyHeader: string;
  /** Operations a run may send to somebody's deployment; everything else is refused before it is sent. */
  readonly allowedOperations: readonly string[];
  /** A harmless read that shows whether the target answers and takes the key. */
  readonly probeOperation: string;
  readonly create: {
    readonly operation: string;
    /** The body for a sandbox that laws share: as short-lived as a run allows. */
    readonly body: JsonObject;
    /** Every sandbox id in a 2xx answer, however odd the answer. */
    readonly idsIn: (exchange: Exchange) => readonly string[];
  };
  /** How sandboxes end: by an operation of the contract, or only by their own timeout. */
  readonly reap: { readonly by: "delete"; readonly operation: string } | { readonly by: "expiry" };
  /** Names of response fields whose values are secrets. */
  readonly secretFields: readonly string[];
  /** An id of the right form that no server has handed out, made of `hex`: 16 hexadecimal digits. */
  readonly absentId: (hex: string) => string;
  readonly laws: readonly Law[];
};

/** The contracts that there are laws for. */
export type ContractName = "recoup" | "opencomputer";
