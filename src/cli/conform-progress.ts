import type { BudgetLeft, RunEvent, VerdictCounts } from "../../conformance/command.ts";

/** Where progress is shown, as far as it matters. */
type ProgressStream = {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

/** Shows lines, and below them, on a terminal, what goes on. */
export type Progress = {
  readonly lines: (lines: readonly string[]) => void;
  readonly event: (event: RunEvent) => void;
  /** The room of a screen; where there is none, lines are as long and as many as they are. */
  readonly room: () => { readonly columns?: number; readonly rows?: number };
};

const clearLine = "\r\u001b[2K";

/** The width of a terminal that does not say it. */
const usualColumns = 80;

/** In CI and in a pipe there is a line for each of so many parts of the laws. */
const plainParts = 10;

/** Where progress is shown, and how much of it. */
type ProgressOptions = {
  readonly ci: boolean;
  /** Shows no progress. */
  readonly quiet?: boolean;
};

/** On a terminal one line is kept up to date; in CI and in a pipe lines follow one another, each for a tenth of the laws. */
export function createProgress(stream: ProgressStream, { ci, quiet = false }: ProgressOptions): Progress {
  const isLive = stream.isTTY === true && !ci && !quiet;
  let state: State | undefined;
  let shown = "";
  /** All in one piece, so that nothing flickers. */
  const show = (texts: readonly string[]) => {
    const status = isLive && state !== undefined ? statusOf(state, stream.columns || usualColumns) : "";
    if (texts.length === 0 && status === shown) return;
    stream.write(`${shown === "" ? "" : clearLine}${texts.map((text) => `${text}\n`).join("")}${status}`);
    shown = status;
  };
  const event = (given: RunEvent) => {
    const before = partOf(state);
    state = next(state, given);
    if (isLive) show([]);
    else if (!quiet && state !== undefined && partOf(state) > before) show([statusOf(state, Infinity)]);
  };
  const room = () =>
    isLive ? { columns: (stream.columns || usualColumns) - 1, ...(stream.rows ? { rows: stream.rows - 1 } : {}) } : {};
  return { lines: (texts) => (texts.length === 0 ? undefined : show(texts)), event, room };
}

/** What a run has come to so far. */
type State = {
  readonly lawCount: number;
  readonly counts: VerdictCounts;
  readonly running: readonly string[]; // ids of laws; several where they wait together
  readonly last: string; // the law that was begun last
  readonly whole: BudgetLeft | undefined; // the budget as the run began
  readonly left: BudgetLeft | undefined;
};

const doneOf = ({ pass, fail, skip, error }: VerdictCounts) => pass + fail + skip + error;

/** Which tenth of the laws has been reached. The end has its own lines. */
function partOf(state: State | undefined): number {
  const done = state === undefined ? 0 : doneOf(state.counts);
  return state === undefined || done >= state.lawCount ? 0 : Math.floor((done * plainParts) / state.lawCount);
}

function next(state: State | undefined, event: RunEvent): State | undefined {
  if (event.type === "runStarted") {
    return {
      lawCount: event.lawCount,
      counts: { pass: 0, fail: 0, skip: 0, error: 0 },
      running: [],
      last: "",
      whole: undefined,
      left: undefined,
    };
  }
  if (state === undefined || event.type === "runFinished") return undefined;
  const { id } = event.law;
  if (event.type === "lawStarted") {
    const left = event.budgetLeft ?? state.left;
    return { ...state, running: [...state.running, id], last: id, whole: state.whole ?? left, left };
  }
  const { verdict } = event.outcome;
  const counts = { ...state.counts, [verdict]: state.counts[verdict] + 1 };
  return { ...state, counts, running: state.running.filter((other) => other !== id) };
}

/** Columns from which on there is room for words, and for the budget. */
const wideColumnsMin = 110;
const budgetColumnsMin = 64;

/** Counts, what is used of the budget and what runs now, as much of it as fits on one line: what runs now is cut first. */
function statusOf({ lawCount, counts, running, last, whole, left }: State, columns: number): string {
  const { pass, fail, skip, error } = counts;
  const done = doneOf(counts);
  const isWide = columns >= wideColumnsMin;
  const verdicts = isWide
    ? `${pass} passed, ${fail} broken, ${skip} not judged${error === 0 ? "" : `, ${error} inconclusive`}`
    : `✓${pass} ✗${fail} –${skip}${error === 0 ? "" : ` !${error}`}`;
  const budget = left === undefined || whole === undefined ? "" : usedText(left, whole);
  const parts = [
    `${done}/${lawCount} laws`,
    verdicts,
    ...(budget === "" || columns < budgetColumnsMin ? [] : [budget]),
    done >= lawCount ? "ending what was created" : nowText({ running, last }, isWide),
  ].filter((part) => part !== "");
  return fit(parts.join(" · "), columns);
}

function usedText(left: BudgetLeft, whole: BudgetLeft): string {
  const minutes = Math.max(0, whole.minutes - left.minutes);
  return `${whole.creates - left.creates}/${whole.creates} creates, ${minutes.toFixed(0)}/${whole.minutes.toFixed(0)} min`;
}

function nowText({ running, last }: Pick<State, "running" | "last">, isWide: boolean): string {
  if (running.length > 1) return `${running.length} laws at once`;
  const id = running[0] ?? last;
  return isWide ? id : id.replace(/^[^/]*\//, ""); // the first line says of which contract
}

/** The last column stays free: a terminal may go to the next line when it is filled. */
function fit(text: string, columns: number): string {
  const room = Math.max(1, columns - 1);
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}
