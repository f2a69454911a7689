import { contracts, runLaws } from "../conformance/index.ts";
import type { ContractName, Law, ProfileName, RunEvent, SkipCause, Target, Verdict } from "../conformance/command.ts";
import { openComputerKeys, startOpenComputer } from "./reference/opencomputer.ts";
import type { OpenComputerOptions } from "./reference/opencomputer.ts";
import type { Gateway } from "./reference/http.ts";
import { recoupCallers, startRecoup } from "./reference/recoup.ts";
import type { RecoupOptions } from "./reference/recoup.ts";
import { SteppedClock } from "./reference/stepped-clock.ts";

const { ada, bob, eve } = recoupCallers;
/** What a run is told of the callers that the reference servers know. */
export const told = {
  recoup: { key: ada.key, otherKey: eve.key, memberAccount: bob.account, foreignAccount: eve.account },
  opencomputer: { key: openComputerKeys.acme, otherKey: openComputerKeys.globex },
} as const;

/** How the server is started, and how it is judged. */
export type Judging = Pick<
  OpenComputerOptions,
  "lenient" | "listsEveryState" | "listsLagMs" | "listensAt" | "fault" | "quota"
> &
  Pick<RecoupOptions, "listsMembers"> & {
    readonly seed: number;
    readonly profile?: ProfileName;
    /** Default: all of the contract. */
    readonly laws?: readonly Law[];
    /** Whether the run has the profile and the limits of one that is told none. Default: `full`, and no limits. */
    readonly isUsual?: boolean;
    /** Default: as many as all laws need. */
    readonly createsMax?: number;
    /** Default: no limit. */
    readonly aliveMax?: number;
    readonly concurrency?: number;
    /** Answers requests in the server's stead, or lets time pass before it does. */
    readonly gateway?: (clock: SteppedClock, ...asked: Parameters<Gateway>) => ReturnType<Gateway>;
    /** The time that the server goes by. Default: the clock's. */
    readonly now?: (clock: SteppedClock) => number;
    /** Whether the run waits, for so long at most, where it could move the clock, in milliseconds. Default: it moves it. */
    readonly waitMsMax?: number;
  };

/** What each law comes to on a reference server whose time stands still but for the laws that move it. */
export async function judgeReference(name: ContractName, judging: Judging) {
  const { failed, unjudged } = await measureReference(name, judging);
  return { failed, unjudged };
}

/** The same, and what it took. */
export async function measureReference(name: ContractName, judging: Judging) {
  const {
    seed,
    laws = contracts[name].laws,
    isUsual = false,
    quota = 5,
    gateway,
    now = (clock) => clock.now(),
    ...rest
  } = judging;
  const usual = { profile: "deployment", waitMsMax: 20_000 } as const;
  const unlimited = { profile: "full", createsMax: 1_000, aliveMax: Infinity, minutesMax: Infinity } as const;
  const { profile, createsMax, aliveMax, minutesMax, waitMsMax, concurrency, ...options } = {
    ...{
      createsMax: undefined,
      aliveMax: undefined,
      minutesMax: undefined,
      waitMsMax: undefined,
      concurrency: undefined,
    },
    ...(isUsual ? usual : unlimited),
    ...rest,
  };
  const clock = new SteppedClock();
  let requests = 0;
  const stand: Gateway = (asked, next) => {
    requests += 1;
    return gateway === undefined ? next() : gateway(clock, asked, next);
  };
  const started = { now: () => now(clock), ...options, gateway: stand };
  const server = await (name === "recoup" ? startRecoup(started) : startOpenComputer({ ...started, quota }));
  const known = name === "recoup" ? {} : { quota, previewDomain: "localhost" };
  const target: Target = {
    ...told[name],
    ...known,
    baseUrl: server.url,
    ...(waitMsMax === undefined ? { clock } : {}),
  };
  const sleep = (ms: number) => (waitMsMax === undefined ? Promise.resolve() : clock.pass(ms));
  const limits = { createsMax, aliveMax, minutesMax, waitMsMax, concurrency, sleep };
  const contract = contracts[name];
  const startedAtMs = clock.now();
  let created = 0;
  let coverage: Extract<RunEvent, { type: "runFinished" }>["coverage"];
  const verdicts: [id: string, verdict: Verdict | SkipCause][] = [];
  const atTimes: string[] = [];
  try {
    for await (const event of runLaws({ ...limits, profile, clock, seed, contract, target, laws })) {
      if (event.type === "runFinished")
        ({
          coverage,
          receipt: { created },
        } = event);
      if (event.type !== "lawFinished") continue;
      const { verdict, skipCause, evidence } = event.outcome;
      if (evidence === "intermittent") atTimes.push(event.law.id);
      verdicts.push([event.law.id, verdict === "skip" ? (skipCause ?? verdict) : verdict]);
    }
  } finally {
    await server.close();
  }
  return {
    explored: coverage?.explored,
    took: { created, requests, seconds: Math.round((clock.now() - startedAtMs) / 1000) },
    failed: verdicts.flatMap(([id, verdict]) => (verdict === "fail" ? [id] : [])).sort(),
    /** Of those that failed, what did not show each time. */
    atTimes,
    unjudged: verdicts.filter(([, verdict]) => verdict !== "fail" && verdict !== "pass"),
  };
}
