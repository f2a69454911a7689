import { stripVTControlCharacters } from "node:util";
import type { RunEvent, VerdictCounts } from "../../conformance/index.ts";

/** Where progress is shown, as far as it matters. */
export type ProgressStream = {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

/** Shows lines, and below them, on a terminal, what goes on. */
export type Progress = {
  readonly lines: (lines: readonly string[]) => void;
  readonly event: (event: RunEvent) => void;
  /** Whether lines stay and a live line runs below them, so that what went well needs no line of its own. */
  readonly isLive: boolean;
};

const clearLine = "\r\u001b[2K";

/** On a terminal one line is kept up to date; in CI and in a pipe lines just follow one another. */
export function createProgress(stream: ProgressStream, { ci }: { readonly ci: boolean }): Progress {
  const isLive = stream.isTTY === true && !ci;
  const counts = { pass: 0, fail: 0, skip: 0, error: 0 };
  let lawCount = 0;
  let status = "";
  const show = () => {
    if (isLive && status !== "") stream.write(fit(status, stream.columns ?? 80));
  };
  const lines = (texts: readonly string[]) => {
    if (isLive && status !== "") stream.write(clearLine);
    for (const text of texts) stream.write(`${text}\n`);
    show();
  };
  const event = (told: RunEvent) => {
    if (told.type === "runStarted") {
      Object.assign(counts, { pass: 0, fail: 0, skip: 0, error: 0 });
      lawCount = told.lawCount;
    }
    if (told.type === "lawFinished") counts[told.outcome.verdict] += 1;
    if (isLive && status !== "") stream.write(clearLine);
    status = told.type === "lawStarted" ? statusOf(told, counts, lawCount) : told.type === "runFinished" ? "" : status;
    show();
  };
  return { lines, event, isLive };
}

function statusOf(
  { law, budgetLeft }: Extract<RunEvent, { type: "lawStarted" }>,
  { pass, fail, skip, error }: VerdictCounts,
  lawCount: number,
): string {
  const done = pass + fail + skip + error;
  const left =
    budgetLeft === undefined ? "" : ` · ${budgetLeft.creates} creates and ${budgetLeft.minutes.toFixed(0)} min left`;
  return `${done}/${lawCount} · ${pass} passed, ${fail} failed, ${skip} skipped, ${error} in error · ${law.id}${left}`;
}

function fit(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text);
  return plain.length < columns ? plain : `${plain.slice(0, columns - 2)}…`;
}
