import type { OpenComputer } from "../../opencomputer.ts";
import type { ReferenceFaults } from "../fault.ts";
import { createFaults } from "./opencomputer-creates.ts";
import { insideFaults } from "./opencomputer-inside.ts";
import { recordFaults } from "./opencomputer-records.ts";
import { stateFaults } from "./opencomputer-states.ts";

/** Faults of the OpenComputer server that no law was written after. */
export const heldOutOpenComputerFaults: ReferenceFaults<OpenComputer> = {
  ...createFaults,
  ...stateFaults,
  ...recordFaults,
  ...insideFaults,
};
