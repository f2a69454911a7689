import type { Exchange } from "../target/exchange.ts";
import type { LedgerKey } from "../money/ledger.ts";

/** One exchange of a run, in the order in which they were answered: what was said, for which law, by which key. */
export type RecordedExchange = {
  /** Its number in the run, from 1. */
  readonly number: number;
  /** The id of the law that it was sent for, or what else it was for: "shared", "account", "probe", "cleanup". */
  readonly purpose: string;
  readonly by: LedgerKey;
  /** Secrets are masked. When it was sent and how long it took stand in it, so that overlaps can be told. */
  readonly exchange: Exchange;
};

/** Takes note of each exchange. */
export type Recorder = (recorded: RecordedExchange) => void;
