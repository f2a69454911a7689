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

/** How the server is started, and how it is judged. */
export type Judging = Pick<OpenComputerOptions, "lenient" | "listsEveryState" | "listensAt" | "fault" | "quota"> & {
  readonly seed: number;
  /** Default `full`. */
  readonly profile?: ProfileName;
  /** Default: all of the contract. */
  readonly laws?: readonly Law[];
  /** Default: as many as all laws need. */
  readonly createsMax?: number;
  /** Default: no limit. */
  readonly aliveMax?: number;
  /** Whether the run waits, for so long at most, where it could move the clock, in milliseconds. Default: it moves it. */
  readonly waitMsMax?: number;
};

/** What each law comes to on a reference server whose time stands still but for the laws that move it. */
export async function judgeReference(name: ContractName, judging: Judging) {
  const { seed, laws = contracts[name].laws, profile = "full", quota = 5, waitMsMax, ...rest } = judging;
  const { createsMax = 1_000, aliveMax = Infinity, ...options } = rest;
  const clock = new SteppedClock();
  const started = { now: clock.now, ...options };
  const server = await (name === "recoup" ? startRecoup(started) : startOpenComputer({ ...started, quota }));
  const more = name === "recoup" ? {} : { quota, previewDomain: "localhost" };
  const target: Target = { ...told[name], ...more, baseUrl: server.url, ...(waitMsMax === undefined ? { clock } : {}) };
  const sleep = (ms: number) => Promise.resolve(waitMsMax === undefined ? undefined : clock.advance(ms));
  const limits = { createsMax, aliveMax, minutesMax: Infinity, waitMsMax, sleep };
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
