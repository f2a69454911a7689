import type { OpenComputer } from "../../opencomputer.ts";
import type { ReferenceFaults } from "../fault.ts";
import { faultsAround } from "./opencomputer-around.ts";
import { faultsInside } from "./opencomputer-inside.ts";
import { faultsOfRecords } from "./opencomputer-records.ts";
import { faultsOfStates } from "./opencomputer-states.ts";

/** A third set of faults of the OpenComputer server, each written from a clause of the contract. */
export const thirdOpenComputerFaults: ReferenceFaults<OpenComputer> = {
  ...faultsOfStates,
  ...faultsOfRecords,
  ...faultsInside,
  ...faultsAround,
};
