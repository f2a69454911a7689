import { ContractError } from "../../../src/contract/contract-error.ts";
import type { LawOutcome } from "../law/law-outcome.ts";
import { isObject } from "../law/schema.ts";
import { idPattern } from "../law/id-pattern.ts";

/** A breach that is known and lived with for now. */
export type Waiver = {
  /** The id of a law; `*` and `**` as in `--law`. */
  readonly law: string;
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  /** The last day on which it holds: "2026-12-31". */
  readonly expires: string;
  /** The mark of the counterexample that is waived, as the run printed it. A breach with another one is news. */
  readonly counterexample?: string;
  /** Set where it comes from a preset: it may be there for nothing, since not every deployment has every deviation. */
  readonly preset?: string;
  /** Of a preset: how many sandboxes more than usual a deployment takes that differs so. */
  readonly costs?: { readonly difference: string; readonly creates: number };
};

/** A waiver that has to go, and why. */
type StaleWaiver = { readonly waiver: Waiver; readonly reason: string };

/** A law, as far as waivers know it. */
type Identified = { readonly id: string };

// A "counterexample" that is misspelt and passed over would waive every breach of the law.
const members: ReadonlySet<string> = new Set(["law", "reason", "owner", "expires", "counterexample"]);

/**
 * Reads waivers from a parsed file.
 *
 * @param laws - all that there are: a waiver that fits none of them is a mistake. Not looked at where it is not given
 * @throws {@link ContractError} `CONFIG_INVALID` when the value is not a list of waivers
 */
export function parseWaivers(value: unknown, file: string, laws?: readonly Identified[]): readonly Waiver[] {
  const list = isObject(value) ? value["waivers"] : value;
  if (!Array.isArray(list)) throw invalid(file, 'write {"waivers": [{"law", "reason", "owner", "expires"}]}');
  return list.map((entry: unknown, index) => {
    if (!isObject(entry)) throw invalid(file, `entry ${index} is no object`);
    for (const member of ["law", "reason", "owner", "expires"]) {
      if (typeof entry[member] === "string" && entry[member] !== "") continue;
      throw invalid(file, `entry ${index} does not say "${member}"`);
    }
    const strange = Object.keys(entry).find((member) => !members.has(member));
    if (strange !== undefined) throw invalid(file, `entry ${index} says "${strange}", which no waiver has`);
    const { law, reason, owner, expires, counterexample } = entry as Record<string, string>;
    if (!/^\d{4}-\d{2}-\d{2}$/.test(expires!) || Number.isNaN(Date.parse(expires!))) {
      throw invalid(file, `entry ${index} expires on "${expires}", which is no day such as 2026-12-31`);
    }
    if (laws?.some(({ id }) => idPattern(law!).test(id)) === false) {
      throw invalid(file, `entry ${index} is for "${law}", which no law's id fits`);
    }
    const mark = typeof counterexample === "string" ? { counterexample } : {};
    return { law: law!, reason: reason!, owner: owner!, expires: expires!, ...mark };
  });
}

/**
 * A short mark of what was found: the operation, its status, and the rule that the input broke. It stays the same from
 * seed to seed, so that a waiver can name it.
 */
export function counterexampleFingerprint({ finding }: LawOutcome): string | undefined {
  if (finding === undefined) return undefined;
  const { exchange, counterexample } = finding;
  const rule =
    isObject(counterexample) && typeof counterexample["pointer"] === "string" ? counterexample["pointer"] : "";
  const answer = exchange === undefined ? "" : `${exchange.operation} ${exchange.response.status}`;
  return [answer, rule].filter((part) => part !== "").join(" ") || "any";
}

/** The outcome with the waiver that covers it, where one does: a breach, or a law that rests on what the target broke. */
export function applyWaivers(
  outcome: LawOutcome,
  { law, waivers, nowMs }: { readonly law: Identified; readonly waivers: readonly Waiver[]; readonly nowMs: number },
): LawOutcome {
  const isLeftOut = outcome.verdict === "skip" && outcome.skipCause === "no-sandbox";
  if (outcome.verdict !== "fail" && !isLeftOut) return outcome;
  const mark = counterexampleFingerprint(outcome);
  const known = waivers.filter((waiver) => idPattern(waiver.law).test(law.id) && !isExpired(waiver, nowMs));
  const covering = known.find(({ counterexample }) => counterexample === undefined || counterexample === mark);
  if (covering !== undefined) {
    const { reason, owner, expires, preset } = covering;
    return { ...outcome, waived: { reason, owner, expires, ...(preset === undefined ? {} : { preset }) } };
  }
  if (known.length === 0 || isLeftOut) return outcome;
  const news = `${outcome.reason ?? ""} (news: a waiver knows "${known[0]!.counterexample}", this is "${mark}")`;
  return { ...outcome, reason: news };
}

/** Whether a waiver covers each breach of a law, whatever its counterexample. */
export function isLivedWith(law: Identified, waivers: readonly Waiver[], nowMs: number): boolean {
  return waivers.some(
    (waiver) => waiver.counterexample === undefined && idPattern(waiver.law).test(law.id) && !isExpired(waiver, nowMs),
  );
}

/** How many sandboxes more than usual these laws take on a deployment that differs as the waivers say. */
export function createsBeyondUsual(waivers: readonly Waiver[], laws: readonly Identified[]): number {
  const costs = new Map<string, number>();
  for (const { law, preset, costs: own } of waivers) {
    const pattern = idPattern(law);
    if (own !== undefined && laws.some(({ id }) => pattern.test(id))) {
      costs.set(`${preset} ${own.difference}`, own.creates);
    }
  }
  return [...costs.values()].reduce((sum, creates) => sum + creates, 0);
}

/** Waivers that have expired, and those whose laws all hold now. Of a preset, neither is told. */
export function staleWaivers(
  waivers: readonly Waiver[],
  judged: readonly { readonly law: Identified; readonly outcome: LawOutcome }[],
  nowMs: number,
): readonly StaleWaiver[] {
  return waivers.flatMap((waiver) => {
    if (waiver.preset !== undefined) return [];
    const pattern = idPattern(waiver.law);
    const own = judged.filter(({ law }) => pattern.test(law.id));
    if (own.length === 0) return []; // not judged in this run: another contract, another choice of laws
    if (isExpired(waiver, nowMs)) return [{ waiver, reason: `it expired on ${waiver.expires}` }];
    if (own.every(({ outcome }) => outcome.verdict === "pass")) return [{ waiver, reason: "the law holds now" }];
    return [];
  });
}

/** What is wrong with a waiver that has to go, in a sentence. */
export function staleText({ waiver, reason }: StaleWaiver): string {
  return `the waiver of ${waiver.law} (${waiver.owner}) is stale: ${reason}; take it out`;
}

/** A waiver holds until the end of its last day, UTC. */
function isExpired({ expires }: Waiver, nowMs: number): boolean {
  return nowMs >= Date.parse(expires) + 24 * 3_600_000;
}

function invalid(file: string, what: string): ContractError {
  return new ContractError("CONFIG_INVALID", `the waivers in ${file}: ${what}`);
}
