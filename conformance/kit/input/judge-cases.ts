import fc from "fast-check";
import type { Breach, Case } from "../law/case.ts";
import { formatReplayPath, parseReplayPath } from "./replay-path.ts";
import { deriveSeed } from "./seed.ts";

type JudgeCasesOptions = {
  readonly seed: number;
  /** Judges this one counterexample only, as it is generated from the seed. */
  readonly path?: string | undefined;
  /** Judges this one value only, whatever is generated: it was written down when it broke the law. */
  readonly counterexample?: unknown;
  /** How many smaller values may be tried once a breach was seen. Each may cost a sandbox. */
  readonly shrinksMax: number;
  /** Called once a breach was seen: what follows only makes it smaller. */
  readonly onShrinking?: () => void;
};

/**
 * Judges generated values until one breaks the law, then looks for a smaller one.
 *
 * A path leads to another value once the cases or their generators change. A counterexample that was written down does not,
 * and it is judged as it stands: no case is drawn from.
 *
 * @returns the breach of the smallest value found, with the value and its replay path; undefined where none breaks it
 */
export async function judgeCases<Value>(
  cases: readonly Case<Value>[],
  judge: (value: Value) => Promise<Breach | undefined>,
  { seed, path, counterexample: pinned, shrinksMax, onShrinking }: JudgeCasesOptions,
): Promise<Breach | undefined> {
  if (pinned !== undefined) return judgePinned(pinned as Value, judge);
  const replay = path === undefined ? undefined : parseReplayPath(path);
  for (const [index, { name, arbitrary, runs = 1, always = [], mayBegin, ...own }] of cases.entries()) {
    if (replay !== undefined && replay.caseIndex !== index) continue;
    if (replay === undefined && mayBegin?.() === false) return undefined;
    const options = {
      seed: deriveSeed(seed, name),
      numRuns: always.length + runs,
      examples: always.map((value): [Value] => [value]),
      path: replay?.valuePath ?? "",
      shrinksMax: shrinksMax === 0 ? 0 : (own.shrinksMax ?? shrinksMax),
      onShrinking,
    };
    const found = await judgeCase(arbitrary, judge, options);
    if (found === undefined) continue;
    const { breach, counterexample, valuePath, isUnshrunk } = found;
    const led = { counterexample, ...breach, path: formatReplayPath({ caseIndex: index, valuePath }) };
    return isUnshrunk ? { ...led, isUnshrunk } : led;
  }
  return undefined;
}

async function judgePinned<Value>(
  value: Value,
  judge: (value: Value) => Promise<Breach | undefined>,
): Promise<Breach | undefined> {
  const breach = await judge(value);
  return breach === undefined ? undefined : { counterexample: value, ...breach };
}

type Found<Value> = {
  readonly breach: Breach;
  readonly counterexample: Value;
  readonly valuePath: string;
  readonly isUnshrunk: boolean;
};

type CaseOptions<Value> = {
  seed: number;
  numRuns: number;
  examples: [Value][];
  path: string;
  shrinksMax: number;
  onShrinking?: (() => void) | undefined;
};

async function judgeCase<Value>(
  arbitrary: fc.Arbitrary<Value>,
  judge: (value: Value) => Promise<Breach | undefined>,
  { shrinksMax, onShrinking, ...parameters }: CaseOptions<Value>,
): Promise<Found<Value> | undefined> {
  let breach: Breach | undefined; // of the smallest value so far: the last one that fast-check was told about
  let thrown: Error | undefined;
  let shrinksLeft = shrinksMax;
  let isUnshrunk = false;
  const property = fc.asyncProperty(arbitrary, async (value) => {
    if (thrown !== undefined) return; // the run is over; what is left goes by unsent
    if (breach !== undefined && shrinksLeft-- <= 0) {
      isUnshrunk = shrinksMax > 0; // a replay of one input looks for no smaller one
      return;
    }
    try {
      const next = await judge(value);
      if (next === undefined) return;
      breach = next;
      onShrinking?.();
    } catch (error) {
      if (breach === undefined) thrown = error instanceof Error ? error : new Error(String(error));
      else shrinksLeft = 0; // a budget that ends while shrinking ends the shrinking only
      return;
    }
    throw new Error(breach.reason);
  });
  const details = await fc.check(property, parameters);
  if (thrown !== undefined) throw thrown;
  if (!details.failed || breach === undefined || details.counterexample === null) return undefined;
  return {
    breach,
    counterexample: details.counterexample[0],
    valuePath: details.counterexamplePath ?? "0",
    isUnshrunk,
  };
}
