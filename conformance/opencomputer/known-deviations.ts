import type { KnownDeviation } from "../kit/known-deviation.ts";

/** By preset. */
export const knownDeviations: Readonly<Record<string, readonly KnownDeviation[]>> = {};
