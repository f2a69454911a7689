import type { BudgetLeft, RunEvent, VerdictCounts } from "../../conformance/index.ts";

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

/** The width of a terminal that does not say it. */
const usualColumns = 80;

/** On a terminal one line is kept up to date; in CI and in a pipe lines just follow one another. */
export function createProgress(stream: ProgressStream, { ci }: { readonly ci: boolean }): Progress {
  const isLive = stream.isTTY === true && !ci;
  let state: State | undefined;
  let shown = "";
  /** All in one piece, so that nothing flickers. */
  const show = (texts: readonly string[]) => {
    const status = isLive && state !== undefined ? statusOf(state, stream.columns || usualColumns) : "";
    if (texts.length === 0 && status === shown) return;
    stream.write(`${shown === "" ? "" : clearLine}${texts.map((text) => `${text}\n`).join("")}${status}`);
    shown = status;
  };
  const event = (told: RunEvent) => {
    state = next(state, told);
    show([]);
  };
  return { lines: (texts) => (texts.length === 0 ? undefined : show(texts)), event, isLive };
}

/** What a run has come to so far. */
type State = {
  readonly lawCount: number;
  readonly counts: VerdictCounts;
  readonly running: readonly string[]; // ids of laws; several where they wait together
  readonly last: string; // the law that was begun last
  readonly left: BudgetLeft | undefined;
};

function next(state: State | undefined, told: RunEvent): State | undefined {
  if (told.type === "runStarted") {
    return {
      lawCount: told.lawCount,
      counts: { pass: 0, fail: 0, skip: 0, error: 0 },
      running: [],
      last: "",
      left: undefined,
    };
  }
  if (state === undefined || told.type === "runFinished") return undefined;
  const { id } = told.law;
  if (told.type === "lawStarted") {
    return { ...state, running: [...state.running, id], last: id, left: told.budgetLeft ?? state.left };
  }
  const { verdict } = told.outcome;
  const counts = { ...state.counts, [verdict]: state.counts[verdict] + 1 };
  return { ...state, counts, running: state.running.filter((other) => other !== id) };
}

/** Columns from which on there is room for words, and for the budget. */
const wideColumnsMin = 110;
const budgetColumnsMin = 64;

/** Counts, the budget left and what runs now, as much of it as fits on one line: what runs now is cut first. */
function statusOf({ lawCount, counts, running, last, left }: State, columns: number): string {
  const { pass, fail, skip, error } = counts;
  const done = pass + fail + skip + error;
  const isWide = columns >= wideColumnsMin;
  const verdicts = isWide
    ? `${pass} passed, ${fail} failed, ${skip} skipped${error === 0 ? "" : `, ${error} in error`}`
    : `✓${pass} ✗${fail} –${skip}${error === 0 ? "" : ` !${error}`}`;
  const budget = left === undefined ? "" : `${left.creates} creates, ${left.minutes.toFixed(0)} min left`;
  const parts = [
    `${done}/${lawCount}`,
    verdicts,
    ...(budget === "" || columns < budgetColumnsMin ? [] : [budget]),
    done >= lawCount ? "ending what was created" : nowText({ running, last }, isWide),
  ].filter((part) => part !== "");
  return fit(parts.join(" · "), columns);
}

function nowText({ running, last }: Pick<State, "running" | "last">, isWide: boolean): string {
  if (running.length > 1) return `waiting, for ${running.length} laws at once`;
  const id = running[0] ?? last;
  return isWide ? id : id.replace(/^[^/]*\//, ""); // the first line says of which contract
}

/** The last column stays free: a terminal may go to the next line when it is filled. */
function fit(text: string, columns: number): string {
  const room = Math.max(1, columns - 1);
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}
