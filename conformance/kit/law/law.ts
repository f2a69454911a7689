import type { Breach } from "./case.ts";
import type { RunContract } from "./contract.ts";
import type { LawInputs, LawRun } from "./law-run.ts";
import type { Recording } from "./recording.ts";
import type { Need } from "./need.ts";

/** How binding a law is, strongest first, by its source: the seed, the vendor's documentation, or what was seen. */
export const requirements = ["MUST", "SHOULD", "MAY"] as const;
/** One of {@link requirements}. */
export type Requirement = (typeof requirements)[number];

/** What a check costs on a target that keeps it, in sandboxes: a planner adds these up before a run. */
export type SandboxUse = {
  readonly shared: number; // taken from the pool, where other laws look at them too
  readonly fresh: number; // created for this law alone
  readonly creates: number; // made by requests of the law's own, as what it judges
  readonly atOnce?: number; // the most of these at once; default: all
  readonly refused?: number; // creates beside these that have to be refused; default: it is not known how many
  /** Laws that judge the record of the same scenario share its creates. */
  readonly scenario?: string;
  /** Whether it goes deeper with what the budget leaves, beyond what is said here. Default: no. */
  readonly deepens?: boolean;
};

export const noSandboxes: SandboxUse = { shared: 0, fresh: 0, creates: 0 };

/** A stated rule, and the function that looks for a breach of it. */
export type Law = {
  /** "opencomputer/kill/stays-dead": never reused or renamed, since people pin and waive by it. */
  readonly id: string;
  readonly requirement: Requirement;
  /** Completes "A server MUST …" (or SHOULD, or MAY). */
  readonly statement: string;
  /** JSON pointer into the contract's document, or the clause that says so. */
  readonly source: string;
  /** The operations it judges, by operationId, the judged one first. */
  readonly operations: readonly string[];
  readonly needs: readonly Need[];
  /** Whether a create that the quota refuses is what it judges, though it does not need to know the quota. Default: no. */
  readonly isAboutQuota?: boolean;
  readonly sandboxes: SandboxUse;
  /** Whether it looks at what others have left: it comes after them, alone. Default: no. */
  readonly isAfterOthers?: boolean;
  /** The longest time that has to pass on the target's clock for one check, in milliseconds. Default 0. */
  readonly waitsMs?: number;
  /** Whether the check lets time pass where the target's clock can be moved, and does without where it cannot. Default: no. */
  readonly movesTime?: boolean;
  /**
   * Looks for a breach, `undefined` where none was found; or sets up what is to be looked at later, and says when. Laws
   * that need `waiting` are set up together, and time passes once for all of them. It never throws for a fault of the target.
   */
  readonly check?: (run: LawRun) => Promise<Breach | readonly LaterLook[] | undefined>;
  /**
   * For laws that read what the run sends anyway: judges its whole recording, at its end. Laws with the same function are
   * judged together. Alone it makes the law passive: the law sends nothing and costs nothing. Beside `check` it adds
   * to what that finds.
   */
  readonly passive?: JudgeRecording;
};

/** Whether a law waits, together with others, for looks to be made later. */
export function waits({ needs }: Law): boolean {
  return needs.includes("waiting");
}

/** Whether a law judges creates that the quota refuses: to the others they say no more than "not now". */
export function isAboutQuota({ needs, isAboutQuota: isSo = false }: Law): boolean {
  return isSo || needs.includes("quota");
}

/** Whether a law is judged over what others send, and by nothing else. */
export function sendsNothing({ check, passive }: Law): boolean {
  return passive !== undefined && check === undefined;
}

/**
 * Judges a recording for several laws at once, and sends nothing: the seam for a model of a whole contract.
 *
 * What it hands back is called at the end of a run, once or a few times: to believe a breach, the run judges the law again
 * that sent the request, and asks anew about the recording, which has grown by then. Nothing is under way at such a moment.
 */
export type JudgeRecording = (recording: Recording, context: RecordingContext) => () => RecordingJudgement;

/** What is known beside the recording. */
type RecordingContext = {
  readonly contract: RunContract;
  readonly inputs: LawInputs;
  /** How far lists lag behind, as well as is known, in milliseconds. */
  readonly listsLagMs: number;
};

/** What a recording shows of laws. */
export type RecordingJudgement = {
  /** Ids of laws that some entry was about. A law that is neither here nor broken was not judged, which is no pass. */
  readonly judged: ReadonlySet<string>;
  readonly breaches: readonly RecordedBreach[];
};

/** A breach of a law that stands in the recording. */
export type RecordedBreach = {
  readonly law: string; // its id
  readonly entry: number; // the number of the entry that shows it
  /** What was seen and what the contract says instead, in one sentence. */
  readonly reason: string;
};

/** One look at what a law has set up. */
export type LaterLook = {
  /** When to look, by the target's clock, in milliseconds since the Unix epoch. */
  readonly untilMs: number;
  readonly judge: () => Promise<Breach | undefined>;
  /** Whether it changes what others look at: those that are due before it are over then. Default false. */
  readonly isAfterOthers?: boolean;
};
