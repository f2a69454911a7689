import type { Contract, ContractName } from "./kit/contract.ts";
import { opencomputer } from "./opencomputer/contract.ts";
import { recoup } from "./recoup/contract.ts";

/** Every contract that can be judged, by its name. */
export const contracts: Readonly<Record<ContractName, Contract>> = { recoup, opencomputer };

export { runLaws } from "./kit/engine.ts";
export type { RunOptions } from "./kit/engine.ts";
export type { RunEvent } from "./kit/event.ts";
export type { Contract, ContractName } from "./kit/contract.ts";
export type { Exchange } from "./kit/exchange.ts";
export { evidenceLevels, skipCauses } from "./kit/finding.ts";
export type { EvidenceLevel, Finding, Outcome, SkipCause } from "./kit/finding.ts";
export { needs, requirements } from "./kit/law.ts";
export type { Breach, Law, Need, Requirement, SandboxUse } from "./kit/law.ts";
export { selectLaws } from "./kit/law-glob.ts";
export type { LawRun } from "./kit/law-run.ts";
export type { LedgerEntry, LedgerSink, Receipt } from "./kit/ledger.ts";
export { preflight } from "./kit/preflight.ts";
export { reportOf, reproduceCommand } from "./kit/report/report.ts";
export type { LawReport, Report } from "./kit/report/report.ts";
export { createSecretMask } from "./kit/secret-mask.ts";
export type { SecretMask } from "./kit/secret-mask.ts";
export { randomSeed } from "./kit/seed.ts";
export { createSession } from "./kit/session.ts";
export type { Session, SessionOptions } from "./kit/session.ts";
export type { FetchLike, Target } from "./kit/target.ts";
export { runResult } from "./kit/trust.ts";
export type { Judged, RunResult } from "./kit/trust.ts";
export { countVerdicts, verdicts, worstVerdict } from "./kit/verdict.ts";
export type { Verdict, VerdictCounts } from "./kit/verdict.ts";
