import type { RunContract } from "./contract.ts";
import type { Law } from "./law.ts";

/** A contract with the laws by which a target is judged. */
export type JudgedContract = RunContract & { readonly laws: readonly Law[] };
