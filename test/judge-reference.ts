import { contracts, runLaws } from "../conformance/index.ts";
import type { ContractName, Law, ProfileName, SkipCause, Target, Verdict } from "../conformance/command.ts";
import { openComputerKeys, startOpenComputer } from "./reference/opencomputer.ts";
import type { OpenComputerOptions } from "./reference/opencomputer.ts";
import { recoupCallers, startRecoup } from "./reference/recoup.ts";
import { SteppedClock } from "./reference/stepped-clock.ts";

const { ada, bob, eve } = recoupCallers;
/** What a run is told of the callers that the reference servers know. */
export const told = {
  recoup: { key: ada.key, otherKey: eve.key, memberAccount: bob.account, foreignAccount: eve.account },
  opencomputer: { key: openComputerKeys.acme, otherKey: openComputerKeys.globex },
} as const;
const quota = 5;

/** How the server is started, and how it is judged. */
export type Judging = Pick<OpenComputerOptions, "lenient" | "listsEveryState" | "listensAt" | "fault"> & {
  readonly seed: number;
  /** Default `full`. */
  readonly profile?: ProfileName;
  /** Default: all of the contract. */
  readonly laws?: readonly Law[];
  /** Default: as many as all laws need. */
  readonly createsMax?: number;
};

/** What each law comes to on a reference server whose time stands still but for the laws that move it. */
export async function judgeReference(name: ContractName, judging: Judging) {
  const { seed, laws = contracts[name].laws, createsMax = 1_000, profile = "full", ...options } = judging;
  const clock = new SteppedClock();
  const started = { now: clock.now, ...options };
  const server = await (name === "recoup" ? startRecoup(started) : startOpenComputer({ ...started, quota }));
  const more = name === "recoup" ? {} : { quota, previewDomain: "localhost" };
  const target: Target = { ...told[name], ...more, baseUrl: server.url, clock };
  const limits = { createsMax, aliveMax: Infinity, minutesMax: Infinity, sleep: () => Promise.resolve() };
  const contract = contracts[name];
  const verdicts: [id: string, verdict: Verdict | SkipCause][] = [];
  try {
    for await (const event of runLaws({ ...limits, profile, clock, seed, contract, target, laws })) {
      if (event.type !== "lawFinished") continue;
      const { verdict, skipCause } = event.outcome;
      verdicts.push([event.law.id, verdict === "skip" ? (skipCause ?? verdict) : verdict]);
    }
  } finally {
    await server.close();
  }
  return {
    failed: verdicts.flatMap(([id, verdict]) => (verdict === "fail" ? [id] : [])).sort(),
    unjudged: verdicts.filter(([, verdict]) => verdict !== "fail" && verdict !== "pass"),
  };
}
