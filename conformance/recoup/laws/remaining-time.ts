import type { Breach } from "../../kit/law/case.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { clockReading, judgeCountdown, judgeDeadline } from "../../kit/target/timing.ts";
import type { TimingVerdict } from "../../kit/target/timing.ts";
import { sandboxesIn } from "../sandboxes-in.ts";
import { list, numberOf, read } from "../readings.ts";
import { pointer } from "../operations.ts";

const timeout = "#/components/schemas/Sandbox/properties/timeout";
const wholeMs = 1_800_000;
/** How long the fall is watched. */
const watchMs = 2_000;
/** What rounding and slow answers may make of a time, on top of what answers were seen to take. */
const slackMs = 500;
/** A stop may take a moment, and it is not known to the second when a sandbox began. */
const stopSlackMs = 120_000;
const hourMs = 3_600_000;

const head = { operations: ["listSandboxes", "createSandbox"], sandboxes: { ...noSandboxes, creates: 1 } };

/**
 * `timeout` is what remains, in milliseconds: so says the seed. A sandbox that outlives it costs money, so that its end is
 * MUST as well.
 */
export const remainingTime: readonly Law[] = [
  {
    ...head,
    id: "recoup/list/timeout-falls",
    requirement: "MUST",
    statement: "tell a timeout that falls at the speed of the clock",
    source: timeout,
    needs: ["memory", "waiting"],
    waitsMs: watchMs,
    check: async (run) => {
      const { id } = await run.create({});
      const first = await look(run, id);
      const judge = async (): Promise<Breach | undefined> => {
        const second = await look(run, id);
        const fellByMs = first.remainingMs - second.remainingMs;
        const { verdict, text } = judgeCountdown({ first, second, fellByMs, slackMs, clock: clockReading(run.time) });
        if (verdict === "within") return undefined;
        const change = `from ${first.remainingMs} to ${second.remainingMs}`;
        return { reason: `the timeout ${text}, ${change}`, exchange: second.exchange };
      };
      return [{ untilMs: run.time.now() + watchMs, judge }];
    },
  },
  {
    ...head,
    id: "recoup/list/timeout-as-created",
    requirement: "MUST",
    statement: "list a new sandbox with the timeout of its creation, less the time since",
    source: timeout,
    needs: [],
    check: async (run) => {
      const fromMs = run.time.now();
      const { id, exchange: made } = await run.create({});
      const first = { fromMs, toMs: run.time.now() };
      const atCreation = numberOf(sandboxesIn(made)[0] ?? {}, "timeout");
      const { exchange, remainingMs, ...second } = await look(run, id);
      const fellByMs = atCreation - remainingMs;
      const { verdict, text } = judgeCountdown({ first, second, fellByMs, slackMs, clock: clockReading(run.time) });
      if (verdict === "within") return undefined;
      return { reason: `the timeout of ${atCreation} at creation ${text}, to ${remainingMs}`, exchange };
    },
  },
  {
    id: "recoup/list/timeout-unmoved-by-reading",
    requirement: "MUST",
    statement: "not put the end of a sandbox off because it is read",
    source: timeout,
    operations: ["listSandboxes", "createSandbox"],
    needs: [],
    sandboxes: { ...noSandboxes, shared: 1 },
    check: async (run) => {
      const id = await run.sharedSandbox();
      let before = (await look(run, id)).remainingMs;
      for (const query of [{ sandbox_id: id }, {}, { sandbox_id: id }]) {
        const { exchange, sandboxes } = await list(run, { query });
        const entry = sandboxes.find(({ sandboxId }) => sandboxId === id);
        if (entry === undefined) continue; // that it has to be listed is another law's business
        const after = numberOf(entry, "timeout");
        if (after > before)
          return { reason: `the timeout rose from ${before} to ${after} from one read to the next`, exchange };
        before = after;
      }
      return undefined;
    },
  },
  {
    ...head,
    id: "recoup/create/timeout-whole",
    requirement: "MAY",
    statement: `give a new sandbox ${wholeMs} ms`,
    source: `${timeout}/x-remaining-time`,
    operations: ["createSandbox"],
    needs: [],
    check: async (run) => {
      const { exchange } = await run.create({});
      const timeout = numberOf(sandboxesIn(exchange)[0] ?? {}, "timeout");
      if (timeout <= wholeMs && timeout >= wholeMs - 60_000) return undefined;
      return { reason: `a new sandbox has ${timeout} ms, not ${wholeMs}`, exchange };
    },
  },
  endLaw({
    id: "recoup/list/runs-until-timeout",
    requirement: "MUST",
    statement: "keep a sandbox running until its timeout is over",
    source: timeout,
    looksMs: (remainingMs) => [remainingMs - Math.min(stopSlackMs, remainingMs / 2)],
    judge: ({ state, timing }) =>
      (state === "stopping" || state === "stopped") && timing.verdict === "early"
        ? `the sandbox is ${timing.text}`
        : undefined,
  }),
  endLaw({
    id: "recoup/list/stops-in-time",
    requirement: "MUST",
    statement: "stop a sandbox when its timeout is over",
    source: timeout,
    looksMs: (remainingMs) => [remainingMs + stopSlackMs],
    judge: ({ timing }) => (timing.verdict === "late" ? `the sandbox is ${timing.text}` : undefined),
  }),
  endLaw({
    id: "recoup/list/timeout-ends-at-zero",
    requirement: "MUST",
    statement: "tell a timeout of 0 once a sandbox has stopped",
    source: timeout,
    looksMs: (remainingMs) => [remainingMs + stopSlackMs],
    judge: ({ state, remainingMs }) =>
      state === "stopped" && remainingMs !== 0 ? `the sandbox is stopped with a timeout of ${remainingMs}` : undefined,
  }),
  endLaw({
    id: "recoup/list/stays-stopped",
    requirement: "SHOULD",
    statement: "keep a stopped sandbox stopped, and listed",
    source: pointer("listSandboxes", "description"),
    looksMs: (remainingMs) => [remainingMs + stopSlackMs, remainingMs + hourMs, remainingMs + 24 * hourMs],
    judge: ({ state, before }) =>
      (before === "stopped" || before === "failed") && state !== before
        ? `the sandbox was ${before}, and is now ${state ?? "not listed"}`
        : undefined,
  }),
];

type Look = {
  readonly state: string | undefined;
  readonly before: string | undefined;
  readonly remainingMs: number;
  readonly timing: TimingVerdict; // of its end
};

/** Looks at a sandbox around its end, which is too far away to wait for. */
function endLaw({
  looksMs,
  judge,
  ...law
}: Pick<Law, "id" | "requirement" | "statement" | "source"> & {
  readonly looksMs: (remainingMs: number) => readonly number[];
  readonly judge: (look: Look) => string | undefined;
}): Law {
  return {
    ...head,
    ...law,
    needs: ["clock-control"],
    waitsMs: wholeMs + stopSlackMs,
    check: async (run) => {
      const fromMs = run.time.now();
      const { id, exchange: made } = await run.create({});
      const began = { fromMs, toMs: run.time.now() };
      const timeoutMs = numberOf(sandboxesIn(made)[0] ?? {}, "timeout");
      let before: string | undefined;
      return looksMs(timeoutMs).map((afterMs) => ({
        untilMs: began.toMs + afterMs,
        judge: async () => {
          const lookedMs = run.time.now();
          const { exchange, sandboxes } = await list(run, { query: { sandbox_id: id } });
          const looked = { fromMs: lookedMs, toMs: run.time.now() };
          const entry = sandboxes.find(({ sandboxId }) => sandboxId === id);
          const status = entry?.["sandboxStatus"];
          const state = typeof status === "string" ? status : undefined;
          const timing = judgeDeadline({
            ...{ done: state ?? "not listed", notYet: state ?? "not listed", began, looked, dueMs: timeoutMs },
            isDone: state !== "pending" && state !== "running",
            lateMsMax: stopSlackMs / 2, // half of it is for what is not known of the clock
            clock: clockReading(run.time),
          });
          const reason = judge({ state, before, remainingMs: Number(entry?.["timeout"] ?? 0), timing });
          before = state;
          return reason === undefined ? undefined : { reason, exchange };
        },
      }));
    },
  };
}

/** What remains, and between which times of the target's clock it was read. */
async function look(run: LawRun, id: string) {
  const fromMs = run.time.now();
  const { exchange, entry } = await read(run, id);
  return { exchange, remainingMs: numberOf(entry, "timeout"), fromMs, toMs: run.time.now() };
}
