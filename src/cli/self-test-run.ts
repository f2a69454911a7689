import { systemSleep } from "../contract/clock.ts";
import type { Sleep } from "../contract/clock.ts";
import type {
  ContractName,
  JudgedContract,
  Law,
  LawOutcome,
  Recorder,
  Target,
  Waiver,
} from "../../conformance/command.ts";
import type { FaultSetting, Mock } from "../../mocks/index.ts";
import { knownCallers } from "./known-callers.ts";

/** One run of a contract's laws on the mock in this process. */
type SelfTestRun = {
  readonly contract: ContractName;
  readonly seed: number;
  readonly faults: readonly FaultSetting[];
  /** The profile that the mock shows, or one difference; the contract by default. */
  readonly as?: string;
  readonly waivers?: readonly Waiver[];
  /** Default: all of the contract. */
  readonly laws?: readonly Law[];
  /** Sees every exchange. */
  readonly record?: Recorder;
};

/** What came of each law. */
type SelfTestOutcome = { readonly law: Law; readonly outcome: LawOutcome };

const startMs = Date.UTC(2026, 0, 2);

/** Running sandboxes that the mock allows where a law is about their number. */
const quota = 5;

/**
 * Judges a mock with faults by the laws of its contract. Its clock stands still but for the laws that move it, so that the
 * same seed gives the same run.
 *
 * Laws about the quota have a mock each: where places are lost, the others would run out of them.
 */
export async function judgeMock({ laws, ...run }: SelfTestRun): Promise<readonly SelfTestOutcome[]> {
  const { contracts } = await import("../../conformance/command.ts");
  const all = laws ?? contracts[run.contract].laws;
  const rest = all.filter(({ needs }) => !needs.includes("quota"));
  const judged = rest.length === 0 ? [] : [...(await judgeOnce({ ...run, laws: rest, quota: null }))];
  for (const law of all.filter(({ needs }) => needs.includes("quota"))) {
    judged.push(...(await judgeOnce({ ...run, laws: [law], quota })));
  }
  return judged;
}

type OneRun = Omit<SelfTestRun, "laws"> & { readonly laws: readonly Law[]; readonly quota: number | null };

async function judgeOnce({
  contract: name,
  seed,
  faults,
  as = "contract",
  waivers = [],
  laws,
  quota,
  record,
}: OneRun): Promise<readonly SelfTestOutcome[]> {
  const { createMock } = await import("../../mocks/index.ts");
  const { contracts, runLaws } = await import("../../conformance/command.ts");
  const contract: JudgedContract = contracts[name];
  const options = { clockScale: 0, startMs, faults, as, settings: { quota }, sleep: sleepBriefly };
  const mock = createMock({ ...options, seed: `self-test-${seed}` });
  const { clock, tenants } = mock.defaultWorld();
  const reached = await reach(mock, name, contract.previews !== undefined);
  try {
    const target: Target = {
      ...knownCallers(tenants, name),
      ...reached.target,
      quota: quota ?? undefined,
      clock: { now: () => clock.now(), advance: (ms) => clock.advance(ms) },
    };
    // What a fault keeps alive must not keep the rest from being judged, nor make it wait.
    const limits = { createsMax: Infinity, aliveMax: Infinity, minutesMax: Infinity, sleep: () => Promise.resolve() };
    const judged: SelfTestOutcome[] = [];
    for await (const event of runLaws({
      ...limits,
      profile: "full",
      clock,
      seed,
      contract,
      target,
      laws,
      waivers,
      record,
    })) {
      if (event.type === "lawFinished") judged.push({ law: event.law, outcome: event.outcome });
    }
    return judged;
  } finally {
    await reached.close();
  }
}

/** Some faults open a gap, and need it to be longer than a request takes; others only delay. */
const gapMsMax = 12;
const sleepBriefly: Sleep = (ms, signal) => systemSleep(Math.min(ms, gapMsMax), signal);

/** How a run gets at the mock: in process, which is several times as fast; but a WebSocket wants a socket. */
async function reach(
  mock: Mock,
  name: ContractName,
  hasPreviews: boolean,
): Promise<{ target: Pick<Target, "baseUrl" | "fetch" | "previewVia">; close: () => Promise<void> }> {
  const target = { baseUrl: "http://127.0.0.1", fetch: (request: Request) => mock.fetch(name, request) };
  if (!hasPreviews) return { target, close: () => Promise.resolve() };
  const { url, close } = await mock.listen(name);
  return { target: { ...target, previewVia: url }, close };
}
