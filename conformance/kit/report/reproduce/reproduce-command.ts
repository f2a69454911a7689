import { usualProfile } from "../../law/contract.ts";
import type { LawOutcome } from "../../law/law-outcome.ts";
import type { Law } from "../../law/law.ts";
import type { Need } from "../../law/need.ts";
import { usualWaitMsMax } from "../../run/usual-limits.ts";

/** The run that a command repeats, as far as the command says it. */
type RepeatedRun = {
  readonly contract: string;
  readonly target: string;
  readonly seed: number;
  readonly profile?: string;
  /** Whether it ran in a world of the mock that was made for it, and so has keys that are gone. Default: no. */
  readonly ownWorld?: boolean;
  /** The files that were judged, where a recording was. */
  readonly files?: readonly string[];
  /** The command that judges such traffic again, but for the law. Default: `sandglass check` of the files. */
  readonly again?: string;
};

/** The command that judges one law again, straight at its counterexample where there is one. */
export function reproduceCommand(
  law: Law,
  { outcome, run }: { readonly outcome: LawOutcome; readonly run: RepeatedRun },
): string {
  if (run.files !== undefined) {
    const { again = ["npx sandglass check", run.contract, ...run.files.map(shellWord)].join(" ") } = run;
    return `${again} --law ${law.id}`;
  }
  const path = outcome.finding?.path;
  const { waitsMs = 0 } = law;
  const words = [
    `npx sandglass conform ${run.contract}`,
    `--url ${shellWord(run.target)}`,
    ...(run.ownWorld === true
      ? ["--own-world"]
      : [`--key "$SANDGLASS_KEY"`, ...law.needs.flatMap((need) => inputFlags[need] ?? [])]),
    `--law ${law.id}`,
    `--seed ${run.seed}`,
    ...(run.profile === undefined || run.profile === usualProfile ? [] : [`--profile ${run.profile}`]),
    ...(waitsMs <= usualWaitMsMax ? [] : [`--max-wait ${Math.ceil(waitsMs / 1000)}`]),
    ...(path === undefined ? [] : [`--path ${path}`]),
  ];
  return words.join(" ");
}

/** What a law needs to be told of the target, besides its key. A run does not show it: its user knows it. */
const inputFlags: Readonly<Partial<Record<Need, string>>> = {
  "second-key": `--other-key "$SANDGLASS_OTHER_KEY"`,
  "member-account": `--member-account "$MEMBER_ACCOUNT"`,
  "foreign-account": `--foreign-account "$FOREIGN_ACCOUNT"`,
};

/** A text as one word for a shell. */
export function shellWord(text: string): string {
  return /^[\w:/.@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
