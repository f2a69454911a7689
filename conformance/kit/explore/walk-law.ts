import fc from "fast-check";
import { walkCases } from "../input/walk-cases.ts";
import type { Breach, Case } from "../law/case.ts";
import type { RunContract } from "../law/contract.ts";
import { noSandboxes } from "../law/law.ts";
import type { Law } from "../law/law.ts";
import type { LawRun } from "../law/law-run.ts";
import type { JsonObject } from "../law/schema.ts";
import { Unjudged } from "../law/unjudged.ts";
import { createTable } from "./coverage-table.ts";
import type { Explorable, ExploredBreach } from "./exploration.ts";
import { exploredMax, failingClause } from "./explore.ts";
import { exploredCalls } from "./explored-call.ts";
import type { ExploredCall } from "./explored-call.ts";
import { isPaired } from "./explored-share.ts";
import { createExplorer } from "./explorer.ts";
import { Enough } from "./sender.ts";

/** A walk over the table, told in the names of its columns: one after the other, or some of them at once. */
type Walk = readonly (string | readonly string[])[];

type WalkLawHead = Pick<Law, "id" | "requirement" | "statement" | "source" | "operations" | "needs"> & {
  readonly exploration: Explorable;
  /** Whether a breach of a clause is one of the law. */
  readonly isOfLaw: (clause: string) => boolean;
  /** Makes the sandbox of a walk. */
  readonly body: JsonObject;
};

/** A law about random walks on one sandbox, each ended by what leaves no way back. It goes deeper with what a budget leaves. */
export function randomWalkLaw({ share, ...rest }: WalkLawHead & { readonly share: number }): Law {
  return walkLaw({
    ...rest,
    deepens: true,
    casesFor: (run, steps) => {
      const last = rest.exploration.oneWay.at(-1)!;
      return walkCases(steps, { last, share, seed: run.seed, left: run.spare });
    },
  });
}

/** Rounds of a walk, and steps at once in each: enough to collide, few enough to try all orders. */
const rounds = { minLength: 2, maxLength: 4 } as const;
const atOnce = { minLength: 2, maxLength: 4 } as const;

/** A law about walks in which some steps are under way at once: one after the other, in some order, is how they have to look. */
export function concurrentWalkLaw(head: WalkLawHead): Law {
  return walkLaw({
    ...head,
    casesFor: (_, steps) => [
      { name: "history", arbitrary: fc.array(fc.array(fc.constantFrom(...steps), atOnce), rounds) },
    ],
  });
}

function walkLaw({
  exploration,
  isOfLaw,
  body,
  casesFor,
  deepens = false,
  ...head
}: WalkLawHead & {
  readonly casesFor: (run: LawRun, steps: readonly string[]) => readonly Case<Walk>[];
  readonly deepens?: boolean;
}): Law {
  return {
    ...head,
    sandboxes: { ...noSandboxes, creates: 1, ...(deepens && { deepens }) },
    check: (run) => {
      const calls = stepsOf(run.contract, exploration);
      const steps = calls.filter((call) => isPaired(exploration, call)).map(({ name }) => name);
      return run.judgeCases(casesFor(run, steps), (walk) =>
        judgeWalk(run, walk, { exploration, isOfLaw, body, calls }),
      );
    },
  };
}

/** What a walk is made of: each request that changes something, as it is usually sent. */
function stepsOf(contract: RunContract, exploration: Explorable): readonly ExploredCall[] {
  return exploredCalls(contract, exploration).filter(({ kind, isPlain }) => isPlain && kind !== "broken");
}

/** Takes a walk on a sandbox of its own until the model says that the law is broken. The breach tells the steps that led to it. */
async function judgeWalk(
  run: LawRun,
  walk: Walk,
  {
    exploration,
    isOfLaw,
    body,
    calls,
  }: Pick<WalkLawHead, "exploration" | "isOfLaw" | "body"> & { readonly calls: readonly ExploredCall[] },
): Promise<Breach | undefined> {
  const isBreach = ({ clause = failingClause }: ExploredBreach) => isOfLaw(clause);
  const explorer = createExplorer(run, exploration, { table: createTable(), max: exploredMax, isEnough: isBreach });
  const callOf = (name: string) => {
    const call = calls.find((each) => each.name === name);
    if (call === undefined) throw new Unjudged("input-missing", `there is no step "${name}" any more`);
    return call;
  };
  const taken: Walk[number][] = [];
  try {
    const sandbox = await explorer.join(await explorer.create(body, "own"));
    for (const step of walk) {
      taken.push(step);
      if (typeof step === "string") await explorer.take(sandbox, callOf(step));
      else await explorer.takeAtOnce(sandbox, step.map(callOf));
    }
    await explorer.look(sandbox);
    explorer.conclude();
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  const breach = explorer.found().find(isBreach)?.breach;
  if (breach === undefined) return undefined;
  const names = taken.map((step) => (typeof step === "string" ? step : `${step.join(" and ")} at once`)).join(", ");
  // What follows in the walk was not taken any more.
  return { ...breach, counterexample: taken, reason: `after ${names}: ${breach.reason}` };
}
