import type { Sleep } from "../../src/contract/clock.ts";
import type { Random } from "./random.ts";

/** A named misbehaviour that a mock shows on request. */
export type Fault<P> = {
  readonly id: string; // "killed-reads-as-running": what the mock then does, in kebab-case
  readonly alias?: string; // "C1": a short name, accepted wherever the id is
  readonly contract: string;
  readonly summary: string; // completes "a mock that …"
  readonly shows: string; // the shortest way to see it: "create, kill, get"
  readonly options?: Readonly<Record<string, FaultOption>>; // its sizes by name, where it has any
  /** Wraps the parts that misbehave. */
  readonly wrap: (parts: P, context: FaultContext) => P;
};

/** A size of a fault, chosen where the fault is switched on. */
export type FaultOption = {
  readonly default: number; // at least 0, as every value has to be
  readonly meaning: string; // with its unit
  readonly oneOf?: readonly number[]; // any number by default
};

/** What a fault is given when it is switched on in a world. */
export type FaultContext = {
  /** Says, at each occasion, whether this is one. Asked last, when all else that the fault needs is there. */
  readonly fires: Fires;
  readonly options: Readonly<Record<string, number>>; // all of the fault's own
  readonly sleep: Sleep; // real time, for faults of which the danger lies in a gap
};

/** Decides whether a fault shows this time. */
export type Fires = (operationId: string) => boolean;

/** A fault that is switched on, and when it is to show. */
export type FaultSetting = {
  /** The fault, as `sandglass mock --list-faults` names it: its id, or the letter beside it. */
  readonly id: string;
  /** Only so many times, then never again; without it, always. */
  readonly times?: number;
  /** How likely it is each time, 0 to 1, drawn from the world's seed; 1 by default. */
  readonly probability?: number;
  /** Only in this operation, such as `createSandbox`, or in requests that are none but have a name, such as `preview`. */
  readonly operation?: string;
  /** For faults that have a size, such as a delay: `{ ms: 200 }`. */
  readonly options?: Readonly<Record<string, number>>;
};

/** What there is to know of a fault without its code. */
export type KnownFault = Pick<Fault<never>, "id" | "alias" | "contract" | "summary" | "shows" | "options">;

/** Whether this is a name of the fault: its id or its alias. */
export function isNameOf({ id, alias }: Pick<KnownFault, "id" | "alias">, name: string): boolean {
  return name === id || name === alias;
}

/** Wraps parts in a fault. */
export function applyFault<P>(
  parts: P,
  fault: Fault<P>,
  setting: FaultSetting,
  { random, shown, sleep }: { readonly random: Random; readonly shown: ShownCount; readonly sleep: Sleep },
): P {
  const defaults = Object.entries(fault.options ?? {}).map(([name, option]) => [name, option.default] as const);
  const options = { ...Object.fromEntries(defaults), ...setting.options };
  return fault.wrap(parts, { fires: createFires(setting, random, shown), options, sleep });
}

/** How often a setting has shown so far, and that it has shown once more. */
export type ShownCount = { readonly get: () => number; readonly add: () => void };

/** Builds the decision for one setting. */
export function createFires(
  { times = Infinity, probability = 1, operation }: FaultSetting,
  random: Random,
  shown: ShownCount,
): Fires {
  return (operationId) => {
    if (shown.get() >= times || (operation !== undefined && operation !== operationId)) return false;
    if (probability < 1 && random.fraction() >= probability) return false;
    shown.add();
    return true;
  };
}
