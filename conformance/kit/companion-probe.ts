import type { Exchange } from "./exchange.ts";
import type { Law } from "./law.ts";
import type { Hindrance } from "./needs.ts";
import type { SessionParts } from "./session-parts.ts";

/** Placeholder until the probe is written: nothing is known to be missing. */
export async function findMissingCompanion(_law: Law, _parts: SessionParts): Promise<Hindrance | undefined> {
  return Promise.resolve(undefined);
}
export type Probe = Exchange;
