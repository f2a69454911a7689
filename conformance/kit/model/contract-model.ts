import type { Span } from "../law/exchange.ts";
import type { ObservedExchange } from "./observed-exchange.ts";

/** What a model finds wrong, before it is known where. */
export type Deviation = {
  readonly clause: string;
  readonly reason: string;
  /** How unlikely it is in a server: of several explanations of what was seen, the judge takes the likeliest. Default 4. */
  readonly weight?: number;
};

/** One way in which a step may have gone. */
export type StepOutcome<State> = { readonly next: State; readonly deviations: readonly Deviation[] };

/** What an exchange says of one subject: what it did to it, or how it showed it. */
export type View<Part> = {
  readonly subject: string;
  readonly part: Part;
  /** Whether it changes nothing, so that the others under way need not be tried before and after it. Default false. */
  readonly isReading?: boolean;
  /** Whether it stands in a list, which may lag behind. Default false. */
  readonly isListed?: boolean;
};

/**
 * A contract as a function: what a server may answer, given all that went before. A subject is what has a state of its own:
 * a sandbox, a run, an account.
 *
 * Where the contract is open, a step has several outcomes, or takes any answer. `step` never refuses: an answer that cannot
 * be explained is a deviation, and the next state is what the answer shows.
 */
export type ContractModel<State, Part> = {
  /** The subject that an exchange may change. It is asked for before the answer is judged, so that overlaps are seen. */
  readonly change: (exchange: ObservedExchange) => View<Part> | undefined;
  /**
   * What an answer says of all other subjects, once it is there.
   *
   * @param known - the subjects that the judge remembers and that may still change, of which some possible state fits
   */
  readonly reads: (
    exchange: ObservedExchange,
    known: (fits: (state: State) => boolean) => readonly string[],
  ) => readonly View<Part>[];
  /** What is wrong with an answer, whatever the states are. Told in the order of answering. */
  readonly judge: (exchange: ObservedExchange) => readonly (Deviation & { readonly subject?: string })[];
  /** The states that a subject may be in that is met for the first time, before this part of it. */
  readonly begin: (part: Part) => readonly State[];
  /** What a subject may come to. The step was taken at one moment of `span`. */
  readonly step: (state: State, part: Part, at: StepContext) => readonly StepOutcome<State>[];
  /** Whether nothing is left that could change this state but what the contract forbids. */
  readonly isFinal: (state: State) => boolean;
  /** How far lists may lag behind, in milliseconds. Default 0. */
  readonly listsLagMs?: number;
};

/** When a step was taken, and for which exchange. */
export type StepContext = {
  readonly span: Span;
  readonly subject: string;
  readonly exchange: ObservedExchange;
  /** Whether no answer says what came of it: it is judged as if it had been done. */
  readonly isUncertain: boolean;
};

/** What is known beside the exchanges. */
export type ModelOptions = {
  /** Whether each key is of a tenant of its own. Where it is not known, two keys may well be of one. Default true. */
  readonly keysAreTenants?: boolean;
  /** Whether nothing that was asked for before the first exchange may still be under way. Default false. */
  readonly isFromStart?: boolean;
  /** How far lists may lag behind, in milliseconds. Default 0. */
  readonly listsLagMs?: number;
};
