import type { Law } from "../law/law.ts";
import type { ObservedCall } from "./observed-traffic.ts";

/** A law that an exchange of a recording breaks. */
export type TrafficBreach = { readonly law: string; readonly reason: string; readonly call: ObservedCall };

/** Holds the exchanges of a recording against all that a contract says of them, in bounded memory. */
export type TrafficJudge = {
  /** The laws that a recording can show broken. */
  readonly laws: readonly Law[];
  /** Takes the next exchange, in the order of sending; hands back what is known to be wrong by now. */
  readonly take: (call: ObservedCall) => readonly TrafficBreach[];
  /** Nothing more comes: judges what was held back. */
  readonly finish: () => readonly TrafficBreach[];
  /** Whether something in the recording was about a law. */
  readonly isJudged: (law: Law) => boolean;
};
