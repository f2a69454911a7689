import type { Breach } from "../kit/law/breach.ts";
import { delayedMsMax } from "../kit/run/evidence.ts";
import type { Law } from "../kit/law/law.ts";
import type { LawRun } from "../kit/run/law-run.ts";
import { TransientFailure } from "../kit/law/unjudged.ts";

/**
 * A scripted life of one or a few sandboxes. It is played once in a run, and every law about it judges the same record:
 * each costs money sandbox, and most laws look at different moments of the same life.
 *
 * A play judges nothing and goes on whatever the target answers. It ends its sandboxes itself.
 */
export type Scenario<Recorded> = {
  readonly name: string;
  readonly creates: number; // sandboxes that a play makes on a target that keeps the contract
  /** @param again - whether this run has played it before: once a breach was seen, to be sure of it */
  readonly play: (run: LawRun, again: boolean) => Promise<Recorded>;
};

/** Types a scenario and hands it back. */
export function defineScenario<Recorded>(scenario: Scenario<Recorded>): Scenario<Recorded> {
  return scenario;
}

/** What a law says beside its judgement. */
export type ScenarioLawHead = Omit<Law, "check" | "window" | "waitsMs" | "sandboxes" | "needs"> & {
  readonly needs?: Law["needs"];
};

/** A law that judges the record of a scenario. */
export function scenarioLaw<Recorded>({
  scenario,
  judge,
  needs = ["memory"],
  ...head
}: ScenarioLawHead & {
  readonly scenario: Scenario<Recorded>;
  readonly judge: (record: Recorded, run: LawRun) => Breach | undefined;
}): Law {
  return {
    ...head,
    needs,
    sandboxes: sandboxesOf(scenario),
    check: async (run) => {
      const { record, delayedMs } = await told(run, scenario, head.id);
      const breach = judge(record, run);
      if (breach !== undefined && delayedMs > delayedMsMax) {
        throw new TransientFailure(`retries delayed the scenario by ${delayedMs} ms, which may well be the reason`);
      }
      return breach;
    },
  };
}

/** What a law costs that judges this scenario: the scenario's sandboxes, which all its laws share. */
export function sandboxesOf({ name, creates }: Pick<Scenario<unknown>, "name" | "creates">) {
  return { shared: 0, fresh: 0, creates, scenario: name };
}

/** What a scenario told, and how long its requests were delayed, because of transient failures, in milliseconds. */
export type PlayedScenario<Recorded> = { readonly record: Recorded; readonly delayedMs: number };

type Record = { readonly told: Promise<PlayedScenario<unknown>>; readonly judgedBy: Set<string> };

// By run, and `time` is what a run has one of.
const records = new WeakMap<LawRun["time"], Map<string, Record>>();

/**
 * The record of a scenario: the first one, or a new one where this law has judged that before and wants to be sure. A play
 * that a transient failure interrupted is tried again, a few times for all its laws together: it costs as much each time.
 */
export async function told<Recorded>(
  run: LawRun,
  scenario: Scenario<Recorded>,
  law: string,
): Promise<PlayedScenario<Recorded>> {
  const ofRun = records.get(run.time) ?? new Map<string, Record>();
  records.set(run.time, ofRun);
  const known = ofRun.get(scenario.name);
  if (known?.judgedBy.has(law) === true) return tell(run, scenario, true);
  const record = known ?? { told: tell(run, scenario, false), judgedBy: new Set<string>() };
  ofRun.set(scenario.name, record);
  record.judgedBy.add(law);
  return record.told as Promise<PlayedScenario<Recorded>>;
}

async function tell<Recorded>(
  run: LawRun,
  { play }: Scenario<Recorded>,
  again: boolean,
): Promise<PlayedScenario<Recorded>> {
  const beforeMs = run.delayedMs();
  const record = await run.attempt(() => play(run, again));
  return { record, delayedMs: run.delayedMs() - beforeMs };
}
