import type { Breach } from "../kit/law/breach.ts";
import { putOffMsMax } from "../kit/run/evidence.ts";
import type { Law } from "../kit/law/law.ts";
import type { LawRun } from "../kit/run/law-run.ts";
import { EnvironmentTrouble } from "../kit/run/unjudged.ts";

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
    check: async (run) => {
      const { tale, putOffMs } = await told(run, story, head.id);
      const breach = judge(tale, run);
      if (breach !== undefined && putOffMs > putOffMsMax) {
        throw new EnvironmentTrouble(`the target put the story off for ${putOffMs} ms, which may well be the reason`);
      }
      return breach;
    },
  };
}

/** What a law costs that judges this story: the story's sandboxes, which all its laws share. */
export function sandboxesOf({ name, creates }: Pick<Story<unknown>, "name" | "creates">) {
  return { shared: 0, fresh: 0, creates, story: name };
}

/** What a story told, and how long its requests were put off, since the target was not up to them, in milliseconds. */
export type Told<Tale> = { readonly tale: Tale; readonly putOffMs: number };

type Record = { readonly told: Promise<Told<unknown>>; readonly judgedBy: Set<string> };

// By run, and `time` is what a run has one of.
const records = new WeakMap<LawRun["time"], Map<string, Record>>();

/**
 * The record of a story: the first one, or a new one where this law has judged that before and wants to be sure. A play
 * that the target was not up to is begun again, a few times for all its laws together: it costs as much each time.
 */
export async function told<Tale>(run: LawRun, story: Story<Tale>, law: string): Promise<Told<Tale>> {
  const ofRun = records.get(run.time) ?? new Map<string, Record>();
  records.set(run.time, ofRun);
  const known = ofRun.get(story.name);
  if (known?.judgedBy.has(law) === true) return tell(run, story, true);
  const record = known ?? { told: tell(run, story, false), judgedBy: new Set<string>() };
  ofRun.set(story.name, record);
  record.judgedBy.add(law);
  return record.told as Promise<Told<Tale>>;
}

async function tell<Tale>(run: LawRun, { play }: Story<Tale>, again: boolean): Promise<Told<Tale>> {
  const beforeMs = run.putOffMs();
  const tale = await run.begin(() => play(run, again));
  return { tale, putOffMs: run.putOffMs() - beforeMs };
}
