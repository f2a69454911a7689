import { strict as assert } from "node:assert";
import type { Clock } from "../../src/contract/clock.ts";
import { createCleanup } from "./cleanup.ts";
import type { Contract } from "./contract.ts";
import { isEnvironmental, isSuccess } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";
import { explore } from "./explore.ts";
import type { Finding, Outcome } from "./finding.ts";
import type { Breach, Law, Need } from "./law.ts";
import type { LawRun } from "./law-run.ts";
import { createLedger } from "./ledger.ts";
import { maskOutcome } from "./mask-outcome.ts";
import type { LedgerSink, Receipt } from "./ledger.ts";
import { isMissingOperation } from "./missing-operation.ts";
import { createPool } from "./pool.ts";
import { learnSecrets } from "./response-secrets.ts";
import { createSecretMask } from "./secret-mask.ts";
import type { SecretMask } from "./secret-mask.ts";
import { deriveHex, deriveSeed } from "./seed.ts";
import type { Target } from "./target.ts";
import { causeText, createTransport } from "./transport.ts";
import { EnvironmentTrouble, Unjudged } from "./unjudged.ts";

/** What a session judges, and within which limits. */
export type SessionOptions = {
  readonly clock: Clock;
  readonly seed: number;
  readonly contract: Contract;
  readonly target: Target;
  /** Replays one counterexample of the law that is judged. */
  readonly path?: string | undefined;
  /** The most sandboxes that a session makes. Default 40. */
  readonly createsMax?: number;
  /** The most smaller inputs that a law tries once it saw a breach. Default 6. */
  readonly shrinksMax?: number;
  /** Milliseconds to wait for one answer. Default 10,000. */
  readonly requestTimeoutMs?: number;
  /** Where the ledger is written as well. Default: nowhere. */
  readonly sink?: LedgerSink;
};

/** Judges laws on one target, one after the other, and cleans up after itself. */
export type Session = {
  /** Judges one law. A breach is judged again before it is reported; secrets are masked in what comes back. */
  readonly judge: (law: Law) => Promise<Outcome>;
  /** Ends every sandbox that the session made, where the contract has a way to. */
  readonly close: () => Promise<Receipt>;
  readonly mask: SecretMask;
};

/** Inputs that every session has. The others come with the laws that need them. */
const inputsAtHand: readonly Need[] = ["memory"];

/** Creates a session. Nothing is sent before the first law is judged. */
export function createSession(options: SessionOptions): Session {
  const { clock, seed, contract, target, path, createsMax = 40, shrinksMax = 6, requestTimeoutMs = 10_000 } = options;
  const mask = createSecretMask({ [target.key]: "SANDGLASS_KEY" });
  const absentIds = new Set<string>();
  const ledger = createLedger({ clock, ...(options.sink === undefined ? {} : { sink: options.sink }) });
  const transport = createTransport({ contract, target, clock, ledger, absentIds, createsMax, requestTimeoutMs });
  const pool = createPool({ contract, transport });
  const cleanup = createCleanup({ contract, transport, ledger });

  const absentId = (law: Law) => {
    const id = contract.absentId(deriveHex(seed, law.id, 16));
    absentIds.add(id);
    return id;
  };
  const runOf = (law: Law, replay: string | undefined): LawRun => ({
    contract,
    send: async (call) => {
      const exchange = await transport.send(call);
      learnSecrets(mask, exchange, contract.secretFields);
      return exchange;
    },
    sharedSandbox: (index = 0) => {
      assert(index < law.sandboxes.shared, `${law.id} says that it shares ${law.sandboxes.shared} sandboxes`);
      return pool.shared(index);
    },
    freshSandbox: () => {
      assert(law.sandboxes.fresh > 0, `${law.id} says that it takes no fresh sandbox`);
      return pool.fresh();
    },
    absentId: () => absentId(law),
    unknownKey: () => `unknown-${deriveHex(seed, law.id, 24)}`,
    explore: (cases, judge) =>
      explore(cases, judge, {
        seed: deriveSeed(seed, law.id),
        path: replay,
        shrinksMax: replay === undefined ? shrinksMax : 0,
      }),
  });
  const discardIfDisturbed = ({ exchange }: Breach) => {
    if (exchange !== undefined && exchange.request.method !== "GET" && isSuccess(exchange)) pool.discard();
  };
  const outcomeOf = async (law: Law): Promise<Omit<Outcome, "durationMs">> => {
    const missing = law.needs.find((need) => !inputsAtHand.includes(need));
    if (missing !== undefined) return skipped("input-missing", `it needs ${missing}, which this run has not`);
    const breach = await law.check(runOf(law, path));
    if (breach === undefined) return { verdict: "pass" };
    discardIfDisturbed(breach);
    const excuse = excuseFor(breach, contract, transport.answered);
    if (excuse !== undefined) return excuse;
    const again = await judgeAgain(() => law.check(runOf(law, breach.path ?? path)));
    if (again !== undefined) discardIfDisturbed(again);
    return failed(again ?? breach, { seed, confirmed: again !== undefined });
  };
  return {
    judge: async (law) => {
      const startedAtMs = clock.now();
      const outcome = await outcomeOf(law).catch(outcomeOfThrown);
      return maskOutcome(mask, { ...outcome, durationMs: clock.now() - startedAtMs });
    },
    close: cleanup,
    mask,
  };
}

/** Trouble in the second judging leaves the first one's word alone, unconfirmed. */
async function judgeAgain(check: () => Promise<Breach | undefined>): Promise<Breach | undefined> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof Unjudged || error instanceof EnvironmentTrouble) return undefined;
    throw error;
  }
}

function excuseFor(
  { exchange }: Breach,
  contract: Contract,
  answered: ReadonlySet<string>,
): Omit<Outcome, "durationMs"> | undefined {
  if (exchange === undefined) return undefined;
  if (isMissingOperation(contract, exchange, answered)) {
    return skipped("operation-missing", `the target does not have ${exchange.operation}: ${answerText(exchange)}`);
  }
  if (!isEnvironmental(exchange)) return undefined;
  return { verdict: "error", evidence: "environment", reason: `the target was not up to it: ${answerText(exchange)}` };
}

function answerText({ request, response }: Exchange): string {
  return `${request.method} ${new URL(request.url).pathname} answered ${response.status}`;
}

function failed(
  breach: Breach,
  { seed, confirmed }: { seed: number; confirmed: boolean },
): Omit<Outcome, "durationMs"> {
  const finding: Finding = {
    reason: breach.reason,
    seed,
    ...("counterexample" in breach ? { counterexample: breach.counterexample } : {}),
    ...(breach.path === undefined ? {} : { path: breach.path }),
    ...(breach.exchange === undefined ? {} : { exchange: breach.exchange }),
  };
  if (confirmed) return { verdict: "fail", evidence: "confirmed", reason: breach.reason, finding };
  return { verdict: "fail", evidence: "intermittent", reason: `${breach.reason} (seen 1 time of 2)`, finding };
}

function outcomeOfThrown(error: unknown): Omit<Outcome, "durationMs"> {
  if (error instanceof Unjudged) return skipped(error.skipCause, error.message);
  if (error instanceof EnvironmentTrouble) return { verdict: "error", evidence: "environment", reason: error.message };
  return { verdict: "error", reason: `the check itself failed: ${causeText(error)}` };
}

function skipped(skipCause: NonNullable<Outcome["skipCause"]>, reason: string): Omit<Outcome, "durationMs"> {
  return { verdict: "skip", evidence: "untestable", skipCause, reason };
}
