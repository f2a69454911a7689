import { answerText, isEnvironmental } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";
import type { Finding } from "./finding.ts";
import type { Breach, Law } from "./law.ts";
import { isMissingOperation } from "./missing-operation.ts";
import { environmental, skipped } from "./outcome.ts";
import type { UntimedOutcome } from "./outcome.ts";
import type { SessionParts } from "./session-parts.ts";
import { EnvironmentTrouble, Unjudged } from "./unjudged.ts";

/** One judging of a law, with what was said on the way. */
export type Judgement = {
  readonly law: Law;
  readonly breach: Breach | undefined;
  readonly exchanges: readonly Exchange[];
};

/** A breach not seen the second time is judged once more, to say how often it shows. */
const judgingsMax = 3;

/**
 * Turns a first judgement into an outcome. A breach is judged again: seen again, it is confirmed; else it is judged once
 * more, and told as seen so many times of three. Trouble on the way leaves it at what was seen.
 */
export async function confirmOutcome(
  parts: SessionParts,
  first: Judgement,
  judgeAgain: (breach: Breach) => Promise<Judgement>,
): Promise<UntimedOutcome> {
  if (first.breach === undefined) return { verdict: "pass" };
  const excuse = excuseFor(first, parts);
  if (excuse !== undefined) return excuse;
  let seen = 1;
  let last: Judgement = first;
  let judgings = 1;
  while (judgings < judgingsMax) {
    const again = await quietly(() => judgeAgain(first.breach!));
    if (again === undefined) break;
    judgings += 1;
    if (again.breach === undefined) continue;
    if (excuseFor(again, parts) !== undefined) break;
    seen += 1;
    last = again;
    if (judgings === 2) break;
  }
  return failed(last, { seed: parts.seed, seen, judgings: Math.max(judgings, 2) });
}

/** Trouble in a later judging leaves the first one's word alone. */
async function quietly(judge: () => Promise<Judgement>): Promise<Judgement | undefined> {
  try {
    return await judge();
  } catch (error) {
    if (error instanceof Unjudged || error instanceof EnvironmentTrouble) return undefined;
    throw error;
  }
}

/**
 * What a breach is put down to instead. A law draws its conclusions from all that it was answered, so one "not now" on the
 * way (a kill that was answered 502) takes the weight from every one of them: unless "not now" is what the law is about.
 */
function excuseFor({ breach, exchanges, law }: Judgement, parts: SessionParts): UntimedOutcome | undefined {
  const { contract, transport, companions } = parts;
  const exchange = breach?.exchange;
  if (exchange !== undefined && !companions.probed.has(exchange.operation)) {
    if (isMissingOperation(contract, exchange, transport.answered)) {
      return skipped("operation-missing", `the target does not have ${exchange.operation}: ${answerText(exchange)}`);
    }
  }
  if (exchange !== undefined && isEnvironmental(exchange)) return environmental(exchange);
  const busy = law.needs.includes("quota") ? undefined : exchanges.find(isEnvironmental);
  return busy === undefined ? undefined : environmental(busy);
}

function failed(
  { breach, exchanges }: Judgement,
  { seed, seen, judgings }: { readonly seed: number; readonly seen: number; readonly judgings: number },
): UntimedOutcome {
  const { reason, path, exchange } = breach!;
  const finding: Finding = {
    reason,
    seed,
    ...("counterexample" in breach! ? { counterexample: breach.counterexample } : {}),
    ...(path === undefined ? {} : { path }),
    ...(exchange === undefined ? {} : { exchange }),
    ...(exchanges.length === 0 ? {} : { exchanges: endingWith(exchanges, exchange) }),
  };
  if (seen === judgings) return { verdict: "fail", evidence: "confirmed", reason, finding };
  const told = `${reason} (seen ${seen} ${seen === 1 ? "time" : "times"} of ${judgings})`;
  return { verdict: "fail", evidence: "intermittent", reason: told, finding };
}

function endingWith(exchanges: readonly Exchange[], last: Exchange | undefined): readonly Exchange[] {
  const at = last === undefined ? -1 : exchanges.lastIndexOf(last);
  return at === -1 ? exchanges : exchanges.slice(0, at + 1);
}
