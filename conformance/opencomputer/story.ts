import type { Breach, Law } from "../kit/law.ts";
import type { LawRun } from "../kit/law-run.ts";

/**
 * A scripted life of one or a few sandboxes. It is played once in a run, and every law about it judges the same record:
 * somebody pays for each sandbox, and most laws look at different moments of the same life.
 *
 * A play judges nothing and goes on whatever the target answers. It ends its sandboxes itself.
 */
export type Story<Tale> = {
  readonly name: string;
  readonly creates: number; // sandboxes that a play makes on a target that keeps the contract
  /** @param again - whether this run has played it before: once a breach was seen, to be sure of it */
  readonly play: (run: LawRun, again: boolean) => Promise<Tale>;
};

/** Types a story and hands it back. */
export function defineStory<Tale>(story: Story<Tale>): Story<Tale> {
  return story;
}

/** What a law says beside its judgement. */
export type LawHead = Omit<Law, "check" | "window" | "waitsMs" | "sandboxes" | "needs"> & {
  readonly needs?: Law["needs"];
};

/** A law that judges the record of a story. */
export function storyLaw<Tale>({
  story,
  judge,
  needs = ["memory"],
  ...head
}: LawHead & {
  readonly story: Story<Tale>;
  readonly judge: (tale: Tale, run: LawRun) => Breach | undefined;
}): Law {
  return {
    ...head,
    needs,
    sandboxes: sandboxesOf(story),
    check: async (run) => judge(await told(run, story, head.id), run),
  };
}

/** What a law costs that judges this story: the story's sandboxes, which all its laws share. */
export function sandboxesOf({ name, creates }: Pick<Story<unknown>, "name" | "creates">) {
  return { shared: 0, fresh: 0, creates, story: name };
}

type Record = { readonly tale: Promise<unknown>; readonly judgedBy: Set<string> };

// By run, and `time` is what a run has one of.
const records = new WeakMap<LawRun["time"], Map<string, Record>>();

/**
 * The record of a story: the first one, or a new one where this law has judged that before and wants to be sure. A play
 * that came to nothing is not tried again for each law: it would cost as much each time.
 */
export async function told<Tale>(run: LawRun, { name, play }: Story<Tale>, law: string): Promise<Tale> {
  const ofRun = records.get(run.time) ?? new Map<string, Record>();
  records.set(run.time, ofRun);
  const known = ofRun.get(name);
  if (known?.judgedBy.has(law) === true) return play(run, true);
  const record = known ?? { tale: play(run, false), judgedBy: new Set<string>() };
  ofRun.set(name, record);
  record.judgedBy.add(law);
  return record.tale as Promise<Tale>;
}
