import type { Law } from "../law/law.ts";
import type { ObservedExchange } from "./observed-exchange.ts";

/** One rule of a contract that its model holds every exchange against: a law without a check of its own. */
export type Clause = Pick<Law, "id" | "requirement" | "statement" | "source" | "operations">;

/** A clause that an exchange does not keep. */
export type ClauseBreach = {
  /** The id of the clause, which may be the id of a law. */
  readonly clause: string;
  /** What was seen and what the contract says instead, in one sentence. */
  readonly reason: string;
  readonly exchange: ObservedExchange;
  /** The sandbox, run or account that it is about. */
  readonly subject?: string;
};
