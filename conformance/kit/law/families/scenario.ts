import type { Breach } from "../case.ts";
import { noSandboxes } from "../law.ts";
import type { Law, SandboxUse } from "../law.ts";
import type { LawRun, Scenario } from "../law-run.ts";

/** Types a scenario and hands it back. */
export function defineScenario<Recorded>(scenario: Scenario<Recorded>): Scenario<Recorded> {
  return scenario;
}

/** What a law costs that reads this scenario: the scenario's sandboxes, which all its readers share. */
export function sandboxesOf({
  name,
  creates,
  atOnce = creates,
  refused = 0,
}: Pick<Scenario<unknown>, "name" | "creates" | "atOnce" | "refused">): SandboxUse {
  return { ...noSandboxes, creates, atOnce, refused, scenario: name };
}

/** The check of a law that the contract's model judges: it sends what shows the law, and leaves the rest to the model. */
export function showing(send: (run: LawRun) => Promise<unknown>): NonNullable<Law["check"]> {
  return async (run) => void (await send(run));
}

/** What a law says beside its judgement. */
export type ScenarioLawHead = Omit<Law, "check" | "waitsMs" | "sandboxes" | "needs"> & {
  readonly needs?: Law["needs"];
};

/**
 * A law that judges the record of a scenario. One without a judgement of its own has it played: what was said is held against
 * the contract's model, of which the law is a clause.
 */
export function scenarioLaw<Recorded>({
  scenario,
  judge,
  needs = ["memory"],
  ...head
}: ScenarioLawHead & {
  readonly scenario: Scenario<Recorded>;
  readonly judge?: (record: Recorded, run: LawRun) => Breach | undefined;
}): Law {
  const check = async (run: LawRun) => {
    const { record } = await run.play(scenario);
    return judge?.(record, run);
  };
  return { ...head, needs, sandboxes: sandboxesOf(scenario), check };
}

/** A law that looks at what a scenario has made, so many milliseconds after it was played. */
export function laterLaw<Recorded>({
  scenario,
  afterMs,
  look,
  needs = [],
  ...head
}: ScenarioLawHead & {
  readonly scenario: Scenario<Recorded>;
  readonly afterMs: number;
  readonly look: (run: LawRun, record: Recorded) => Promise<Breach | undefined>;
}): Law {
  const check = async (run: LawRun) => {
    const { record, atMs } = await run.play(scenario);
    return [{ untilMs: atMs + afterMs, judge: () => look(run, record) }];
  };
  return { ...head, needs: [...needs, "waiting"], sandboxes: sandboxesOf(scenario), waitsMs: afterMs, check };
}
