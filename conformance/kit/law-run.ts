import type { Contract } from "./contract.ts";
import type { Exchange } from "./exchange.ts";
import type { Case } from "./explore.ts";
import type { Breach } from "./law.ts";
import type { Call } from "./transport.ts";

/** What a check is given: the only way it reaches the target. */
export type LawRun = {
  readonly contract: Contract;
  readonly send: (call: Call) => Promise<Exchange>;
  /** The id of a sandbox that other laws look at too: leave it as it is. */
  readonly sharedSandbox: (index?: number) => Promise<string>;
  /** The id of a sandbox for this law alone. */
  readonly freshSandbox: () => Promise<string>;
  /** An id of the right form that no server has handed out. */
  readonly absentId: () => string;
  /** A key that no server knows. */
  readonly unknownKey: () => string;
  /** Judges generated inputs, shrinking what breaks the law. */
  readonly explore: <Value>(
    cases: readonly Case<Value>[],
    judge: (value: Value) => Promise<Breach | undefined>,
  ) => Promise<Breach | undefined>;
};
