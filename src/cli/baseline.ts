import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Judged, Waiver } from "../../conformance/command.ts";
import { configInvalid } from "../contract/contract-error.ts";

const schema = z.strictObject({
  version: z.literal(1),
  breaches: z.array(z.strictObject({ law: z.string().min(1), counterexample: z.string().min(1) })),
});

/** A breach that was there when the baseline was written: a law, and the mark of what was seen. */
type KnownBreach = z.infer<typeof schema>["breaches"][number];

/** The name by which a waiver of a baseline is known: it is never stale, since the baseline prunes itself. */
const baselineName = "baseline";

/**
 * Reads a baseline.
 *
 * @param mayLack - whether a file that is not there is one without breaches
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export function readBaseline(file: string, { mayLack }: { readonly mayLack: boolean }): readonly KnownBreach[] {
  if (mayLack && !existsSync(file)) return [];
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw configInvalid(`the baseline ${file} cannot be read: write it with --update-baseline`, cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data.breaches;
  const { path, message } = parsed.error.issues[0]!;
  throw configInvalid(
    `the baseline ${file}: ${["", ...path].join("/")}: ${message}: write it anew with --update-baseline`,
  );
}

/** Its breaches as waivers, so that a run is red for news only. */
export function baselineWaivers(breaches: readonly KnownBreach[]): readonly Waiver[] {
  const known = { reason: "it was there before", owner: baselineName, expires: "9999-12-31", preset: baselineName };
  return breaches.map((breach) => ({ ...breach, ...known }));
}

/**
 * What a baseline comes to after a run: the breaches that the run saw and no other waiver covers, and those of laws that it
 * did not judge. What holds now is taken out.
 */
export function nextBaseline(
  before: readonly KnownBreach[],
  judged: readonly Judged[],
  markOf: (judged: Judged) => string | undefined,
): readonly KnownBreach[] {
  const isJudged = (id: string) =>
    judged.some(({ law, outcome: { verdict } }) => law.id === id && (verdict === "pass" || verdict === "fail"));
  const seen = judged.flatMap((each): KnownBreach[] => {
    const { verdict, waived } = each.outcome;
    const isOurs = waived === undefined || waived.preset === baselineName;
    const counterexample = markOf(each);
    return verdict === "fail" && isOurs && counterexample !== undefined ? [{ law: each.law.id, counterexample }] : [];
  });
  const kept = before.filter(({ law }) => !isJudged(law));
  return [...kept, ...seen].toSorted((one, other) => one.law.localeCompare(other.law, "en"));
}

/** Writes a baseline. */
export function writeBaseline(file: string, breaches: readonly KnownBreach[]): void {
  writeFileSync(file, `${JSON.stringify({ version: 1, breaches }, null, 2)}\n`);
}
