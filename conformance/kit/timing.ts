/** Something that has to happen at its time, and when it was looked for. Milliseconds since the Unix epoch, one clock. */
export type Moment = {
  readonly what: string; // "the sandbox stops"
  readonly startedAtMs: number;
  readonly dueMs: number;
  /** How much sooner or later is still in time: what looking costs, and what the contract leaves open. */
  readonly toleranceMs: number;
  /** The last look that did not find it. */
  readonly notYetAtMs?: number;
  /** The first look that found it. */
  readonly doneAtMs?: number;
};

/** When it happened, as far as looks can tell: too early, in time, too late, or nobody knows yet. */
export type TimingVerdict = {
  readonly verdict: "early" | "within" | "late" | "unknown";
  readonly text: string; // with the measured numbers
};

/**
 * Judges when something happened. It happened after the last look that did not find it and before the first one that did,
 * so only looks can be too early or too late: between them it is given the benefit of the doubt.
 */
export function judgeMoment({ what, startedAtMs, dueMs, toleranceMs, notYetAtMs, doneAtMs }: Moment): TimingVerdict {
  const after = (atMs: number) => `${((atMs - startedAtMs) / 1000).toFixed(1)} s`;
  const due = `due after ${after(dueMs)}, give or take ${(toleranceMs / 1000).toFixed(1)} s`;
  if (doneAtMs !== undefined && doneAtMs < dueMs - toleranceMs) {
    return { verdict: "early", text: `${what} too early: it had after ${after(doneAtMs)}, ${due}` };
  }
  if (notYetAtMs !== undefined && notYetAtMs > dueMs + toleranceMs) {
    return { verdict: "late", text: `${what} too late: it had not after ${after(notYetAtMs)}, ${due}` };
  }
  if (doneAtMs === undefined) return { verdict: "unknown", text: `${what}: not seen yet, ${due}` };
  const since = notYetAtMs === undefined ? "" : ` and not before ${after(notYetAtMs)}`;
  return { verdict: "within", text: `${what} in time: it had after ${after(doneAtMs)}${since}, ${due}` };
}
