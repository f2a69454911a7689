import type { Random } from "./random.ts";

/** A named misbehaviour that a mock shows on request. */
export type Fault<P> = {
  readonly id: string; // "C1": people name it on the command line
  readonly contract: string;
  readonly summary: string; // completes "a mock that …"
  /** Wraps the parts that misbehave. `fires` says, at each occasion, whether this is one. */
  readonly wrap: (parts: P, fires: Fires, setting: FaultSetting) => P;
};

/** Decides whether a fault shows this time. */
export type Fires = (operationId: string) => boolean;

/** A fault that is switched on, and when it is to show. */
export type FaultSetting = {
  readonly id: string;
  readonly times?: number; // only so many times, then never again; without it, always
  readonly probability?: number; // 0 to 1, drawn from the world's seed; 1 by default
  readonly operation?: string; // only in this operation
  readonly options?: Readonly<Record<string, number>>; // for faults that have a size, such as a delay
};

/** Builds the decision for one setting. */
export function createFires({ times = Infinity, probability = 1, operation }: FaultSetting, random: Random): Fires {
  let left = times;
  return (operationId) => {
    if (left <= 0 || (operation !== undefined && operation !== operationId)) return false;
    if (probability < 1 && random.fraction() >= probability) return false;
    left -= 1;
    return true;
  };
}
