import { systemSleep } from "../../../src/contract/clock.ts";
import type { Clock, Sleep } from "../../../src/contract/clock.ts";
import { createBudget } from "../money/budget.ts";
import type { BudgetLimits } from "../money/budget.ts";
import { usualProfile } from "../law/contract.ts";
import type { RunContract, ProfileName } from "../law/contract.ts";
import { createCoverage } from "./coverage.ts";
import type { Exchange } from "../law/exchange.ts";
import type { Law } from "../law/law.ts";
import type { LawInputs } from "../law/law-run.ts";
import { createLedger } from "../money/ledger.ts";
import type { LedgerSink, LedgerEntry } from "../money/ledger.ts";
import { maskEntry } from "../secrets/mask-outcome.ts";
import type { CompanionKnowledge } from "./missing-operation.ts";
import { nearMissSecrets } from "../input/near-miss.ts";
import { forgetShared, sharedIds } from "./scenario.ts";
import type { ScenarioStore } from "./scenario.ts";
import { createPreviewRoute } from "../target/preview.ts";
import { createRecording } from "./recording.ts";
import type { Recorder, OpenRecording } from "../law/recording.ts";
import { createLanes } from "./lanes.ts";
import { createLists } from "./lists.ts";
import { learnSecrets } from "../secrets/response-secrets.ts";
import { createSecretMask } from "../secrets/secret-mask.ts";
import { createSteadyFailures } from "./steady-failures.ts";
import { createSkewMeter, measureSkew } from "../target/skew.ts";
import type { Target } from "../target/target.ts";
import { createTimeKeeper } from "../target/time.ts";
import type { ClockMode, TimeKeeper } from "../target/time.ts";
import { createTransport } from "./transport.ts";
import type { RunTransport } from "./transport.ts";
import { createReceivers } from "../target/receiver.ts";
import { usualConcurrency, usualCreatesMax, usualMinutesMax, usualWaitMsMax } from "./usual-limits.ts";
import { isLivedWith } from "./waiver.ts";
import type { Waiver } from "./waiver.ts";

/** What a session judges, and within which limits. */
export type SessionOptions = {
  readonly clock: Clock;
  readonly seed: number;
  readonly contract: RunContract;
  readonly target: Target;
  /** Replays one counterexample of the law that is judged. */
  readonly path?: string | undefined;
  /**
   * Judges this value, instead of generated ones, by each law that generates its inputs: a counterexample of the law that is
   * judged, as a report has it. Others are judged as usual. Default: none.
   */
  readonly counterexample?: unknown;
  /** What may be sent. Default `deployment`. */
  readonly profile?: ProfileName | undefined;
  /** The most sandboxes that a session makes. Default: what its laws take and 10 more, at least 40. */
  readonly createsMax?: number | undefined;
  /** The most sandboxes at once. Default 5, and no limit where only their own timeout ends them. */
  readonly aliveMax?: number | undefined;
  /** How long a session sends requests, in minutes; cleaning up comes on top. Default 15. */
  readonly minutesMax?: number | undefined;
  /** So many laws are judged side by side, where they do not disturb each other. Default 1. */
  readonly concurrency?: number | undefined;
  /** The most requests in a second. Default: no limit. */
  readonly ratePerSecond?: number | undefined;
  /** The most smaller inputs that a law tries once it saw a breach. Default 6. */
  readonly shrinksMax?: number | undefined;
  /** Milliseconds to wait for one answer. Default 10,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** How time passes on the target. Default `auto`. */
  readonly clockMode?: ClockMode | undefined;
  /** The longest that the session waits at a time, in milliseconds, where the target's clock cannot be moved. Default 20,000. */
  readonly waitMsMax?: number | undefined;
  /** How the session waits. Default: by the machine's own time. */
  readonly sleep?: Sleep | undefined;
  /** Breaches that are known and lived with. Default: none. */
  readonly waivers?: readonly Waiver[] | undefined;
  /** Where the ledger is written as well. Default: nowhere. */
  readonly sink?: LedgerSink | undefined;
  /** Sees each entry of the run's recording, secrets masked. */
  readonly record?: Recorder | undefined;
  /** Ends the session early: nothing more is sent but what cleans up. */
  readonly signal?: AbortSignal | undefined;
};

/** The share of a run's minutes that may go to waiting before requests are sent again. */
const waitShare = 1 / 3;

/** The name under which shared sandboxes stand in the ledger. */
export const sharedPurpose = "shared";

/** What a session is made of. */
export type SessionParts = ReturnType<typeof createSessionParts>;

/**
 * Puts a session together. Nothing is sent.
 *
 * @param past - what the ledger of a run says that is over: this session goes on from it, and only cleans up
 */
export function createSessionParts(options: SessionOptions, past?: readonly LedgerEntry[]) {
  const { clock, contract, target, signal, profile = usualProfile, shrinksMax = 6, sleep = systemSleep } = options;
  const { requestTimeoutMs = 10_000, clockMode: mode = "auto", waitMsMax = usualWaitMsMax } = options;
  const mask = createSecretMask(secretsOf(target));
  const absentIds = new Set<string>();
  const ledger = createLedger({ clock, sink: options.sink, past });
  const limits = limitsOf(options);
  const budget = createBudget({ clock, sleep, ledger, limits });
  const skew = createSkewMeter();
  const coverage = createCoverage();
  const { record } = options;
  const recording: OpenRecording = createRecording({
    now: clock.now,
    aheadMs: () => time.knownAheadMs(),
    ...(record === undefined ? {} : { settled: (entry) => record(maskEntry(mask, entry)) }),
  });
  const connection = { contract, target, clock, requestTimeoutMs, recording };
  const previews = createPreviewRoute({ ...connection, observe: (status) => coverage.answered("preview", status) });
  let quota = target.quota;
  const observe = (exchange: Exchange) => {
    quota = target.quota ?? contract.create.quotaIn?.(exchange) ?? quota;
    learnSecrets(mask, exchange, contract.secretFields);
    const domain = contract.previews?.domainIn(exchange);
    if (domain !== undefined) previews.learnDomain(domain);
    measureSkew(skew, exchange);
    coverage.answered(exchange.operation, exchange.response.status);
  };
  const scenarios: ScenarioStore = new Map();
  const { concurrency = usualConcurrency } = options;
  const beside = new Set<Law>();
  const lookers = new Map<string, number>();
  const makeRoom = async (purpose = "", kept = 0) => {
    if ([...lookers.keys()].some((id) => id !== purpose)) return;
    forgetShared(scenarios, Math.max(kept, lookers.get(purpose) ?? 0));
    const left = await sharedIds(scenarios);
    await transport.release(ledger.alive().filter((each) => each.purpose === sharedPurpose && !left.includes(each.id)));
  };
  const waitsMsMax = limits.minutesMax * 60_000 * waitShare;
  const waivers = options.waivers ?? [];
  const { strayLaws = [] } = contract.create;
  const leavesStrays = strayLaws.some((id) => isLivedWith({ id }, waivers, clock.now()));
  const transport: RunTransport = createTransport({
    ...{ ...connection, ledger, budget, profile, absentIds, makeRoom, observe, signal, leavesStrays },
    ...{
      sleep,
      atOnceMax: concurrency,
      quota: () => quota,
      waitsMsMax,
      aheadMs: () => time.aheadMs(),
      prepareTime: () => time.prepare(),
      isOver: past !== undefined,
    },
  });
  const time: TimeKeeper = createTimeKeeper({ clock, sleep, target, mode, waitMsMax, skew, signal, recording });
  return {
    ...{ clock, seed: options.seed, contract, target, profile, shrinksMax, mask, absentIds, ledger, budget, limits },
    ...{ transport, previews, time, coverage },
    receivers: createReceivers(target),
    steady: createSteadyFailures({ contract, transport, ledger, budget }),
    /** All that was said to the target so far, unmasked. */
    recording,
    /** What was played so far, for other laws to read. */
    scenarios,
    /** Ends the sandboxes that laws share for as long as the run lasts, but for the first few, unless another law looks at them now. */
    makeRoom,
    /** How many shared sandboxes each law looks at that is under way. */
    lookers,
    /** Laws that are judged side by side now. */
    beside,
    concurrency,
    lanes: createLanes(concurrency, () => beside.size),
    /** Undefined where inputs are generated. */
    counterexample: options.counterexample,
    lists: createLists({ contract, recording, time }),
    companions: { probed: new Map() } as CompanionKnowledge,
    waivers,
    /** The most sandboxes that may run at once on the target, where it is known by now. */
    quota: () => quota,
    /** What is known of the target by now. */
    inputs: (): LawInputs => inputsOf(target, quota),
  };
}

/** A shorter value of a header stands in many a text by chance. */
const headerLengthMin = 8;

function secretsOf({ key, otherKey, headers = {} }: Target): Readonly<Record<string, string>> {
  const values = Object.values(headers).filter(({ length }) => length >= headerLengthMin);
  return {
    ...Object.fromEntries(values.map((value) => [value, "SANDGLASS_HEADER"])),
    ...nearMissSecrets(key, "SANDGLASS_KEY"),
    ...(otherKey === undefined ? {} : { [otherKey]: "SANDGLASS_OTHER_KEY" }),
    [key]: "SANDGLASS_KEY",
  };
}

function inputsOf({ memberAccount, foreignAccount }: Target, quota: number | undefined): LawInputs {
  return {
    ...(memberAccount === undefined ? {} : { memberAccount }),
    ...(foreignAccount === undefined ? {} : { foreignAccount }),
    ...(quota === undefined ? {} : { quota }),
  };
}

function limitsOf({
  contract,
  createsMax = usualCreatesMax,
  aliveMax,
  minutesMax = usualMinutesMax,
  ratePerSecond = Infinity,
}: SessionOptions): BudgetLimits {
  const usual = contract.reap.by === "delete" ? 5 : Infinity; // what cannot be ended cannot make room
  return { createsMax, aliveMax: aliveMax ?? usual, minutesMax, ratePerSecond };
}
