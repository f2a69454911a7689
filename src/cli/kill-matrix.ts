import type { ContractName } from "../../conformance/command.ts";
// From its own file, since `explain` says what it is without loading every law.
import { idPattern } from "../../conformance/kit/law/id-pattern.ts";
import type { FaultSetting, KnownFault } from "../../mocks/index.ts";
import { faultLaws, transientFailures } from "./fault-laws.ts";
import { judgeMock } from "./self-test-run.ts";

/** One row of the kill matrix: a fault, and the laws that saw it. */
export type KillRow = {
  readonly contract: ContractName;
  /** Absent for the mock without faults, on which nothing may fail. */
  readonly fault: string | null;
  readonly summary: string;
  readonly seeds: number;
  /** In how many seeds a law of the fault's clause saw it. */
  readonly killedIn: number;
  /** Laws of its clause that failed, each with the number of seeds. */
  readonly killedBy: Readonly<Record<string, number>>;
  /** Laws of other clauses that failed. */
  readonly unrelated: Readonly<Record<string, number>>;
  /** The most laws that could not be judged in a seed. */
  readonly unjudged: number;
};

/** In so many of twenty seeds a fault has to be seen. */
const killRateMin = 19 / 20;

/** Whether a fault goes unseen too often, or has no laws to be seen by. The mock without faults has nothing to be seen. */
export function isSurvivor({ fault, killedIn, seeds }: KillRow): boolean {
  return fault !== null && !transientFailures.includes(fault) && killedIn < killRateMin * seeds;
}

/** Whether a row is as it has to be. */
export function isSound(row: KillRow): boolean {
  return !isSurvivor(row) && Object.keys(row.unrelated).length === 0;
}

/**
 * Judges the mock with one fault, or with none, in each of several seeds.
 *
 * @param setting - what is switched on, where that is more than the fault's id
 */
export async function killRow({
  contract,
  fault,
  seeds,
  setting = fault === undefined ? [] : [{ id: fault.id }],
}: {
  readonly contract: ContractName;
  readonly fault?: Pick<KnownFault, "id" | "summary">;
  readonly seeds: readonly number[];
  readonly setting?: readonly FaultSetting[];
}): Promise<KillRow> {
  const killedBy: Record<string, number> = {};
  const unrelated: Record<string, number> = {};
  let killedIn = 0;
  let unjudged = 0;
  for (const seed of seeds) {
    const judged = await judgeMock({ contract, seed, faults: setting });
    const failed = judged.filter(({ outcome }) => outcome.verdict === "fail").map(({ law }) => law.id);
    const own = failed.filter((id) => isOfClause(contract, fault?.id, id));
    for (const id of failed) count(own.includes(id) ? killedBy : unrelated, id);
    if (own.length > 0) killedIn += 1;
    const open = judged.filter(({ outcome }) => outcome.verdict === "skip" || outcome.verdict === "error");
    unjudged = Math.max(unjudged, open.length);
  }
  const summary = fault?.summary ?? "keeps the contract";
  return { contract, fault: fault?.id ?? null, summary, seeds: seeds.length, killedIn, killedBy, unrelated, unjudged };
}

/** Whether a law is one of those that a fault is to be caught by. */
export function isOfClause(contract: ContractName, fault: string | undefined, id: string): boolean {
  const patterns = fault === undefined ? [] : (faultLaws[contract][fault] ?? []);
  return patterns.some((pattern) => idPattern(`${contract}/${pattern}`).test(id));
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
