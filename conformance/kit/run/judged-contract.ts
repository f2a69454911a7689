import type { Difference } from "../../../src/contract/difference.ts";
import type { Explorable } from "../explore/exploration.ts";
import type { RunContract } from "../law/contract.ts";
import type { Law } from "../law/law.ts";
import type { ModelOptions } from "../model/contract-model.ts";
import type { Judge } from "../model/judge.ts";

/** One rule of a contract that its model holds every exchange against: a law without a check of its own. */
export type Clause = Pick<Law, "id" | "requirement" | "statement" | "source" | "operations">;

/** A contract's model, and the clauses that it tells breaches by. */
export type ModelOfContract = {
  /** Creates a judge that has seen nothing yet. */
  readonly createJudge: (options?: ModelOptions) => Judge;
  /** Clauses that no law states. */
  readonly clauses: readonly Clause[];
  /** Ids of all that a breach can be told by, laws among them. */
  readonly ids: ReadonlySet<string>;
  /** What all of its table can be gone through by. */
  readonly exploration?: Explorable;
};

/** A contract with the laws by which a target is judged, and the model that any recording is held against. */
export type JudgedContract = RunContract & {
  readonly laws: readonly Law[];
  readonly model?: ModelOfContract;
  /** How servers of the vendor were seen to differ from it, by the names of their profiles. Default: not known. */
  readonly deviations?: {
    readonly profiles: Readonly<Record<string, string>>;
    readonly differences: readonly Difference[];
  };
};
