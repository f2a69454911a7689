import type { ModelOfContract } from "../model/judge-recording.ts";
import type { RunContract } from "./contract.ts";
import type { Law } from "./law.ts";

/** A contract with the laws by which a target is judged, and the model that any recording is held against. */
export type JudgedContract = RunContract & { readonly laws: readonly Law[]; readonly model?: ModelOfContract };
