import type { Recoup } from "../../recoup.ts";
import type { ReferenceFaults } from "../fault.ts";
import { accountFaults } from "./recoup-accounts.ts";
import { fileFaults } from "./recoup-files.ts";

/** Faults of the Recoup server that no law was written after. */
export const heldOutRecoupFaults: ReferenceFaults<Recoup> = { ...accountFaults, ...fileFaults };
